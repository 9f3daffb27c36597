package revcam.transport.webrtc;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.Constants;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.config.BadSetting;
import revcam.api.config.Settings;
import revcam.api.connectivity.ConnectivityFactory;
import revcam.api.media.StageException;
import revcam.api.transport.MediaLoop;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.NegotiationException.Reason;
import revcam.api.transport.Offer;
import revcam.api.transport.Transport;
import revcam.api.transport.TransportEvents;
import revcam.api.transport.TransportFactory;
import revcam.api.transport.TransportRequest;
import revcam.transport.webrtc.dtls.Dtls;
import revcam.transport.webrtc.dtls.DtlsIdentity;
import revcam.transport.webrtc.sdp.PeerDescription;

/** Answers the offers of browsers and other WebRTC peers, and makes offers to those that answer. */
@Component(configurationPid = WebRtcTransportFactory.PID, property = TransportFactory.NAME + "=webrtc")
@Designate(ocd = WebRtcTransportFactory.Config.class)
public final class WebRtcTransportFactory implements TransportFactory {

    static final String PID = "revcam.transport.webrtc";

    private static final Logger LOG = LoggerFactory.getLogger(WebRtcTransportFactory.class);
    private static final int NO_REHEARSAL = -1;
    private static final int MAX_REHEARSAL_DELAY_SECONDS = 3600;

    /** configs/revcam.transport.webrtc.cfg. */
    @ObjectClassDefinition(name = "RevCam transport: WebRTC", description = "SDP, DTLS and SRTP")
    public @interface Config {

        @AttributeDefinition(description = "Directory that keeps the DTLS certificate and its key; empty: a new one at"
                + " each start. Read at start.")
        String directory() default "";

        @AttributeDefinition(description = "How new viewers are reached: the name of a connectivity, such as lite; others"
                + " behind a comma are there for connectivity.offers")
        String connectivity() default "lite";

        @AttributeDefinition(name = "connectivity.offers", description = "How those are reached to whom we make an offer, such"
                + " as media servers; empty: as viewers are")
        String connectivity_offers() default "";

        @AttributeDefinition(description = "Seconds after the start, 0 to 3600, until a handshake is rehearsed so that"
                + " the first viewer connects quickly; -1: never. Read at start.", min = "-1", max = "3600")
        int rehearsal() default 3;
    }

    private record Named(ConnectivityFactory factory, String name, int ranking) {}

    private final MediaLoop loop;
    private final FutureTask<Dtls> dtls;
    private final Set<WebRtcTransport> transports = ConcurrentHashMap.newKeySet();
    private final Set<WebRtcOffer> offers = ConcurrentHashMap.newKeySet();
    /** Down once there is no need to rehearse any more. */
    private final CountDownLatch noRehearsal = new CountDownLatch(1);
    private final List<Named> connectivities = new CopyOnWriteArrayList<>();
    private volatile Values values;

    private record Values(String directory, String connectivity, String connectivityOfOffers, int rehearsal) {

        static Values of(Settings settings) throws BadSetting {
            return new Values(
                    settings.text("directory"),
                    settings.list("connectivity").stream().findFirst().orElse(""),
                    settings.text("connectivity.offers"),
                    settings.wholeNumber("rehearsal", NO_REHEARSAL, MAX_REHEARSAL_DELAY_SECONDS));
        }
    }

    @Activate
    public WebRtcTransportFactory(@Reference MediaLoop loop, Map<String, Object> properties) {
        this(loop, read(properties, null));
    }

    private WebRtcTransportFactory(MediaLoop loop, Values values) {
        this(loop, values.directory().isEmpty() ? null : Path.of(values.directory()), values.rehearsal());
        this.values = values;
    }

    /** @param directory null to keep nothing */
    WebRtcTransportFactory(MediaLoop loop, Path directory, int rehearsalDelaySeconds) {
        this.loop = loop;
        values = new Values("", "lite", "", rehearsalDelaySeconds);
        dtls = new FutureTask<>(
                () -> new Dtls(directory == null ? DtlsIdentity.create() : DtlsIdentity.loadOrCreate(directory)));
        Thread background = new Thread(() -> prepare(rehearsalDelaySeconds), "webrtc-rehearsal");
        background.setDaemon(true);
        background.setPriority(Thread.MIN_PRIORITY);
        background.start();
    }

    @Modified
    void modified(Map<String, Object> properties) {
        values = read(properties, values);
    }

    private static Values read(Map<String, Object> properties, Values lastGood) {
        return Settings.read(PID, Config.class, properties, lastGood, Values::of, LOG::error);
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void bindConnectivity(ConnectivityFactory factory, Map<String, Object> properties) {
        connectivities.add(new Named(
                factory,
                String.valueOf(properties.get(ConnectivityFactory.NAME)),
                properties.get(Constants.SERVICE_RANKING) instanceof Integer ranking ? ranking : 0));
    }

    void unbindConnectivity(ConnectivityFactory factory) {
        connectivities.removeIf(named -> named.factory() == factory);
    }

    @Override
    public Transport open(TransportRequest request, TransportEvents events) throws NegotiationException {
        PeerDescription peer = PeerDescription.offer(request.offer(), request.format());
        return reached(values.connectivity(), "connectivity", (paths, identity) -> {
            WebRtcTransport transport =
                    new WebRtcTransport(loop, identity, peer, request, paths, events, transports::remove);
            transports.add(transport);
            return transport;
        });
    }

    @Override
    public Offer<Transport> offer(TransportRequest request, TransportEvents events) throws NegotiationException {
        Values now = values;
        boolean same = now.connectivityOfOffers().isEmpty();
        return reached(same ? now.connectivity() : now.connectivityOfOffers(), same ? "connectivity" : "connectivity.offers",
                (paths, identity) -> {
                    WebRtcOffer offer = new WebRtcOffer(loop, identity, request, paths, events, new WebRtcOffer.Owner() {

                        @Override
                        public void began(WebRtcTransport transport) {
                            transports.add(transport);
                        }

                        @Override
                        public void ended(WebRtcTransport transport) {
                            transports.remove(transport);
                        }

                        @Override
                        public void over(WebRtcOffer offer) {
                            offers.remove(offer);
                        }
                    });
                    offers.add(offer);
                    return offer;
                });
    }

    @FunctionalInterface
    private interface Opening<T> {
        T by(ConnectivityFactory paths, Dtls identity) throws StageException, NegotiationException, InterruptedException;
    }

    private <T> T reached(String connectivity, String setting, Opening<T> opening) throws NegotiationException {
        noRehearsal.countDown();
        ConnectivityFactory paths = connectivity(connectivity);
        if (paths == null) {
            List<String> present = connectivities.stream().map(Named::name).sorted().toList();
            LOG.error("{}.cfg: {} = {} is not installed; there is {}. An optional one is started by the option "
                    + "--connectivity {}", PID, setting, connectivity, present, connectivity);
            throw new NegotiationException(Reason.UNAVAILABLE, "the server has no connectivity named " + connectivity);
        }
        try {
            return opening.by(paths, dtls.get());
        } catch (StageException e) {
            throw new NegotiationException(Reason.UNAVAILABLE, e.getMessage());
        } catch (ExecutionException e) {
            LOG.error("no DTLS certificate", e.getCause());
            throw new NegotiationException(Reason.UNAVAILABLE, "the server has no DTLS certificate; its log says why");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NegotiationException(Reason.UNAVAILABLE, "the server is shutting down");
        }
    }

    @Deactivate
    void deactivate() throws InterruptedException {
        noRehearsal.countDown();
        offers.forEach(WebRtcOffer::close);
        transports.forEach(transport -> transport.abort("the server is shutting down"));
        try {
            dtls.get().close();
        } catch (ExecutionException e) {
            // There never was one.
        }
    }

    /** The one of that name, or null. */
    private ConnectivityFactory connectivity(String name) {
        Named best = null;
        for (Named named : connectivities) {
            if (named.name().equals(name) && (best == null || named.ranking() > best.ranking())) {
                best = named;
            }
        }
        return best == null ? null : best.factory();
    }

    private void prepare(int rehearsalDelaySeconds) {
        dtls.run();
        try {
            if (rehearsalDelaySeconds == NO_REHEARSAL || noRehearsal.await(rehearsalDelaySeconds, TimeUnit.SECONDS)) {
                return;
            }
            long beginNanos = System.nanoTime();
            Rehearsal.run(loop, dtls.get(), connectivity(values.connectivity()));
            LOG.debug("rehearsed a connection in {} ms", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beginNanos));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            // The first viewer's problem, and told then.
        }
    }
}
