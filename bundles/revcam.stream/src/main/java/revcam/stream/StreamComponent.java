package revcam.stream;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
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
import revcam.api.capture.VideoCaptureFactory;
import revcam.api.config.Settings;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.engine.MediaEngineFactory;
import revcam.api.packetiser.PacketiserFactory;
import revcam.api.packetiser.RtpFormat;
import revcam.api.pipeline.Pipeline;
import revcam.api.pipeline.RefusedException;
import revcam.api.pipeline.Replacement;
import revcam.api.pipeline.Stage;
import revcam.api.pipeline.TrialReport;
import revcam.api.processor.FrameProcessorFactory;
import revcam.api.stream.JoinRequest;
import revcam.api.stream.StreamStatus;
import revcam.api.stream.VideoStream;
import revcam.api.stream.Viewer;
import revcam.api.telemetry.Telemetry;
import revcam.api.transport.NegotiationException.Reason;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.Offer;
import revcam.api.transport.TransportFactory;
import revcam.api.transport.TransportRequest;
import revcam.stream.session.ControllerSeat;
import revcam.stream.session.ViewerSession;

/**
 * A stream, one per factory configuration {@code revcam.stream-NAME}: connects what Declarative Services and
 * Configuration Admin say to the two halves that do the work, and lets viewers in. Every reference is dynamic, greedy and
 * optional: a missing stage is a state that people are told, not an error.
 */
@Component(service = {VideoStream.class, Pipeline.class}, immediate = true, configurationPid = StreamComponent.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = StreamComponent.Config.class, factory = true)
public final class StreamComponent implements VideoStream, Pipeline {

    static final String PID = "revcam.stream";

    private static final Logger LOG = LoggerFactory.getLogger(StreamComponent.class);
    private static final int ID_BYTES = 18;
    /** RFC 7022, section 5 asks for at least 96 bits. */
    private static final int CNAME_BYTES = 12;

    /** A stream's configuration. */
    @ObjectClassDefinition(name = "RevCam stream", description = "What is captured, how it is encoded, who may watch")
    @interface Config {

        @AttributeDefinition(name = "Name", description = "As in /whep/NAME")
        String revcam_stream() default "main";

        @AttributeDefinition(name = "Default", description = "Whether this stream is meant when none is named")
        boolean revcam_stream_default() default true;

        @AttributeDefinition(description = "Captures, best first, each with its source: v4l2:/dev/video0, pattern")
        String capture() default "pattern";

        @AttributeDefinition(description = "LDAP filter that captures must match; empty for any")
        String capture_filter() default "";

        @AttributeDefinition(description = "Frame processors, of which the best serves; * for any other, none for none")
        String processor() default "*";

        @AttributeDefinition(description = "LDAP filter that frame processors must match; empty for any")
        String processor_filter() default "";

        @AttributeDefinition(description = "Encoders, best first; * for any other")
        String encoder() default "*";

        @AttributeDefinition(description = "LDAP filter that encoders must match; empty for any")
        String encoder_filter() default "";

        @AttributeDefinition(description = "Packetisers, best first; * for any other")
        String packetiser() default "*";

        @AttributeDefinition(description = "LDAP filter that packetisers must match; empty for any")
        String packetiser_filter() default "";

        @AttributeDefinition(description = "Congestion controllers, best first; * for any other")
        String congestion() default "*";

        @AttributeDefinition(description = "LDAP filter that congestion controllers must match; empty for any")
        String congestion_filter() default "";

        @AttributeDefinition(description = "Transports, best first; * for any other")
        String transport() default "*";

        @AttributeDefinition(description = "LDAP filter that transports must match; empty for any")
        String transport_filter() default "";

        @AttributeDefinition(description = "Media engines, best first: revcam is the built-in one; the next serves whoever "
                + "names none while an engine before it has no encoder")
        String engine() default "revcam";

        @AttributeDefinition(description = "LDAP filter that engines of bundles must match; empty for any")
        String engine_filter() default "";

        @AttributeDefinition(description = "Picture size in pixels, WIDTHxHEIGHT")
        String size() default "1280x720";

        @AttributeDefinition(description = "Frames per second, such as 30, 12.5 or 30000/1001")
        String fps() default "30";

        @AttributeDefinition(description = "Most that the encoder may spend, bits per second, such as 2000k")
        String bitrate() default "2000k";

        @AttributeDefinition(description = "What a new viewer begins with, bits per second; at most bitrate counts")
        String bitrate_start() default "1000k";

        @AttributeDefinition(description = "Least that congestion control may go down to, bits per second; at most bitrate"
                + " counts")
        String bitrate_min() default "100k";

        @AttributeDefinition(description = "What all viewers together get: slowest-healthy, median or fixed")
        String rate_policy() default "slowest-healthy";

        @AttributeDefinition(description = "Given up below an encoder's floor, in order: fps, size, encoder; or none")
        String ladder() default "fps, size, encoder";

        @AttributeDefinition(description = "Largest IP packet to send, bytes")
        int mtu() default 1280;

        @AttributeDefinition(description = "Longest that a frame may wait to leave for a viewer, milliseconds")
        int pacer_bound() default 250;

        @AttributeDefinition(description = "Viewers at once")
        int viewers_max() default 8;

        @AttributeDefinition(description = "Trials: least frame rate, percent of the minute before")
        int trial_fps() default 95;

        @AttributeDefinition(description = "Trials: most time in the encoder, percent of the minute before")
        int trial_encode() default 200;

        @AttributeDefinition(description = "Trials: most that latency may grow by, milliseconds")
        int trial_latency() default 20;

        @AttributeDefinition(description = "Trials: most that drops may grow by, frames per second")
        double trial_drops() default 0.5;

        @AttributeDefinition(description = "Trials: most that the viewers' loss may grow by, percentage points")
        double trial_loss() default 2;
    }

    private final SelectorLoop loop;
    private final Telemetry telemetry;
    private final SecureRandom random = new SecureRandom();
    private final AtomicInteger joins = new AtomicInteger();
    private final Providers<VideoCaptureFactory> captures = new Providers<>("capture", VideoCaptureFactory.NAME);
    private final Providers<FrameProcessorFactory> processors = new Providers<>("processor", FrameProcessorFactory.NAME);
    private final Providers<VideoEncoderFactory> encoders = new Providers<>("encoder", VideoEncoderFactory.NAME);
    private final Providers<PacketiserFactory> packetisers = new Providers<>("packetiser", PacketiserFactory.NAME);
    private final Providers<CongestionControllerFactory> congestions =
            new Providers<>("congestion controller", CongestionControllerFactory.NAME);
    private final Providers<TransportFactory> transports = new Providers<>("transport", TransportFactory.NAME);
    private final EngineProviders engineProviders = new EngineProviders();
    private final Conductor conductor;
    private final Audience audience;
    private final Control control;
    private final Engines engines;
    private volatile StreamSettings settings;
    private volatile String badSetting = "";
    private volatile boolean stopped;

    /** @param configurations where a person's choice of stages is kept; without it a choice lasts until the stream ends */
    @Activate
    public StreamComponent(@Reference SelectorLoop loop, @Reference Telemetry telemetry,
            @Reference(cardinality = ReferenceCardinality.OPTIONAL) ConfigurationAdmin configurations,
            Map<String, Object> properties) {
        this.loop = loop;
        this.telemetry = telemetry;
        settings = read(properties, null);
        Vitals vitals = new Vitals();
        ReplacementLog log = new ReplacementLog("stream " + settings.name());
        Audience[] later = new Audience[1];
        conductor = new Conductor(settings, captures, processors, encoders, packetisers, congestions, transports, engineProviders,
                log, telemetry, vitals, () -> later[0].wake());
        engines = new Engines(engineProviders, conductor, telemetry);
        audience = new Audience(loop, conductor, settings, telemetry, vitals, engines::connected);
        later[0] = audience;
        control = new Control(conductor, log,
                new PreferenceStore(configurations, String.valueOf(properties.get(Constants.SERVICE_PID))));
    }

    @Activate
    void start() {
        conductor.start(audience, engines, control, loop);
    }

    @Modified
    void modified(Map<String, Object> properties) {
        settings = read(properties, settings);
        conductor.settings(settings);
        audience.settings(settings);
    }

    @Deactivate
    void stop() throws InterruptedException {
        stopped = true;
        engines.close();
        audience.close();
        conductor.stop();
    }

    private StreamSettings read(Map<String, Object> properties, StreamSettings lastGood) {
        List<String> complaints = new ArrayList<>();
        StreamSettings read = Settings.read(PID + "-" + properties.getOrDefault(VideoStream.NAME, "main"), Config.class,
                properties, lastGood, StreamSettings::of, complaints::add);
        complaints.forEach(LOG::error);
        badSetting = String.join("; ", complaints);
        return read;
    }

    // ---- stages come and go; each on whatever thread the framework is on

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindCapture(ServiceReference<VideoCaptureFactory> reference, VideoCaptureFactory factory) {
        came(captures, conductor.captures, reference, factory);
    }

    void updatedCapture(ServiceReference<VideoCaptureFactory> reference) {
        changed(captures, conductor.captures, reference);
    }

    void unbindCapture(ServiceReference<VideoCaptureFactory> reference) {
        went(captures, conductor.captures, reference);
    }

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindProcessor(ServiceReference<FrameProcessorFactory> reference, FrameProcessorFactory factory) {
        came(processors, conductor.processors, reference, factory);
    }

    void updatedProcessor(ServiceReference<FrameProcessorFactory> reference) {
        changed(processors, conductor.processors, reference);
    }

    void unbindProcessor(ServiceReference<FrameProcessorFactory> reference) {
        went(processors, conductor.processors, reference);
    }

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindEncoder(ServiceReference<VideoEncoderFactory> reference, VideoEncoderFactory factory) {
        came(encoders, conductor.encoders, reference, factory);
    }

    void updatedEncoder(ServiceReference<VideoEncoderFactory> reference) {
        changed(encoders, conductor.encoders, reference);
    }

    void unbindEncoder(ServiceReference<VideoEncoderFactory> reference) {
        went(encoders, conductor.encoders, reference);
    }

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindPacketiser(ServiceReference<PacketiserFactory> reference, PacketiserFactory factory) {
        came(packetisers, conductor.packetisers, reference, factory);
    }

    void updatedPacketiser(ServiceReference<PacketiserFactory> reference) {
        changed(packetisers, conductor.packetisers, reference);
    }

    void unbindPacketiser(ServiceReference<PacketiserFactory> reference) {
        went(packetisers, conductor.packetisers, reference);
    }

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindCongestion(ServiceReference<CongestionControllerFactory> reference, CongestionControllerFactory factory) {
        came(congestions, conductor.congestions, reference, factory);
    }

    void updatedCongestion(ServiceReference<CongestionControllerFactory> reference) {
        changed(congestions, conductor.congestions, reference);
    }

    void unbindCongestion(ServiceReference<CongestionControllerFactory> reference) {
        went(congestions, conductor.congestions, reference);
    }

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindTransport(ServiceReference<TransportFactory> reference, TransportFactory factory) {
        came(transports, conductor.transports, reference, factory);
    }

    void updatedTransport(ServiceReference<TransportFactory> reference) {
        changed(transports, conductor.transports, reference);
    }

    void unbindTransport(ServiceReference<TransportFactory> reference) {
        went(transports, conductor.transports, reference);
    }

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindEngine(ServiceReference<MediaEngineFactory> reference, MediaEngineFactory factory) {
        came(engineProviders, conductor.engines, reference, factory);
    }

    void updatedEngine(ServiceReference<MediaEngineFactory> reference) {
        changed(engineProviders, conductor.engines, reference);
    }

    void unbindEngine(ServiceReference<MediaEngineFactory> reference) {
        MediaEngineFactory gone = engineProviders.unbind(reference);
        if (gone != null) {
            conductor.departed(conductor.engines, Providers.describe(reference) + " goes");
            engines.went(gone);
        }
    }

    private <F> void came(Providers<F> providers, Role<F> role, ServiceReference<F> reference, F factory) {
        providers.bind(reference, factory);
        conductor.arrived(role);
    }

    private <F> void changed(Providers<F> providers, Role<F> role, ServiceReference<F> reference) {
        providers.updated(reference);
        conductor.reconfigured(role, Providers.describe(reference) + " was configured");
    }

    private <F> void went(Providers<F> providers, Role<F> role, ServiceReference<F> reference) {
        F gone = providers.unbind(reference);
        if (gone != null) {
            conductor.awaitRelease(role, gone, Providers.describe(reference) + " goes");
        }
    }

    // ---- what the engine offers

    @Override
    public String name() {
        return settings.name();
    }

    @Override
    public void requestKeyframe() {
        conductor.keyframe();
    }

    @Override
    public long stalledNanos() {
        return audience.stalledNanos();
    }

    @Override
    public Viewer join(JoinRequest request) throws NegotiationException {
        Providers.Candidate<MediaEngineFactory> choice = engine(request);
        try {
            return join(request, choice);
        } catch (NegotiationException e) {
            // Whoever named nobody need not hear of one that hangs: the next may serve.
            Providers.Candidate<MediaEngineFactory> next = engine(request);
            if (e.reason() != Reason.UNAVAILABLE || !request.engine().isEmpty() || next.sameAs(choice)) {
                throw e;
            }
            return join(request, next);
        }
    }

    private Viewer join(JoinRequest request, Providers.Candidate<MediaEngineFactory> choice) throws NegotiationException {
        StreamSettings now = settings;
        boolean own = EngineProviders.isOwn(choice);
        TransportFactory factory = conductor.transport();
        RtpFormat format = conductor.output().format();
        admit(own, factory, format, request.replaces(), now);
        if (own) {
            return open(factory, format, request, now);
        }
        String number = Integer.toString(joins.incrementAndGet());
        return engines.join(choice, now, unguessable(ID_BYTES),
                "stream " + now.name() + ": viewer " + number + " at " + request.origin() + " by " + choice.name(), number,
                request, served -> elsewhere(request, served));
    }

    /** Takes a place, or says why there is none. */
    private void admit(boolean own, TransportFactory factory, RtpFormat format, boolean replaces, StreamSettings now)
            throws NegotiationException {
        if (stopped) {
            throw new NegotiationException(Reason.UNAVAILABLE, "stream '" + now.name() + "' has been stopped");
        }
        if (own && (factory == null || !audience.hasCongestion() || format == null)) {
            String reason = ownProblem(conductor.view());
            String others = engines.objections(now.engine());
            throw new NegotiationException(Reason.UNAVAILABLE, "stream '" + now.name() + "' is not ready: "
                    + (reason.isEmpty() ? "it is starting, try again in a second"
                            : reason + (others.isEmpty() ? "" : "; " + others)));
        }
        // Counted apart, so that our own encoder rests while nobody watches through it.
        int places = now.maxViewers() + (replaces ? 1 : 0) - engines.count();
        if (own ? !audience.admit(places) : audience.admitted() >= places) {
            throw new NegotiationException(Reason.UNAVAILABLE, "stream '" + now.name() + "' has its "
                    + now.maxViewers() + " viewers; try again later, or raise viewers.max");
        }
    }

    /** Who serves this viewer; ourselves where nobody can. */
    private Providers.Candidate<MediaEngineFactory> engine(JoinRequest request) throws NegotiationException {
        RtpFormat format = conductor.output().format();
        String codec = format == null ? "H264" : format.encodingName();
        boolean fits = request.codec().isEmpty() || request.codec().equalsIgnoreCase(codec);
        Providers.Candidate<MediaEngineFactory> choice;
        if (request.engine().isEmpty()) {
            choice = conductor.selection().choice().able().stream().filter(one -> fits || !EngineProviders.isOwn(one))
                    .findFirst().orElse(EngineProviders.OWN);
        } else if (request.engine().equals(EngineProviders.OWN.name())) {
            choice = EngineProviders.OWN;
        } else if ((choice = engines.named(request.engine())) == null) {
            throw new NegotiationException(Reason.NOT_ACCEPTABLE, "there is no engine of that name; present: " + present()
                    + ". Optional ones are there when RevCam was started with --engine " + EngineProviders.OWN.name()
                    + ",NAME.");
        }
        if (EngineProviders.isOwn(choice) && !fits) {
            throw new NegotiationException(Reason.NOT_ACCEPTABLE, "engine " + choice.name() + " sends " + codec
                    + " only; present: " + present() + ". RevCam has more codecs when started with --engine " + choice.name()
                    + ",libwebrtc.");
        }
        return choice;
    }

    /** Why a viewer with this wish, served by this engine, had better join again; empty while it is as well off where it is. */
    private String elsewhere(JoinRequest request, Providers.Candidate<MediaEngineFactory> served) {
        try {
            Providers.Candidate<MediaEngineFactory> choice = engine(request);
            return choice.factory() == served.factory() || EngineProviders.isOwn(choice) && !canServe() ? ""
                    : "engine " + choice.name() + " serves this stream now";
        } catch (NegotiationException e) {
            return "";
        }
    }

    /** Whether our own stages are there. */
    private boolean canServe() {
        return conductor.selection().choice().able().stream().anyMatch(EngineProviders::isOwn)
                && conductor.output().format() != null;
    }

    private String present() {
        return engineProviders.all().stream().map(Providers.Candidate::name).collect(Collectors.joining(", "));
    }

    /** What keeps our own engine from serving, or empty. */
    private static String ownProblem(Conductor.View view) {
        return view.stages().stream().map(StreamStatus.Stage::problem).filter(text -> !text.isEmpty()).findFirst().orElse("");
    }

    /** Takes over the place that was admitted. */
    private Viewer open(TransportFactory factory, RtpFormat format, JoinRequest request, StreamSettings now)
            throws NegotiationException {
        Arrival arrival = arrival(request, now);
        try {
            arrival.viewer().attach(factory.open(arrival.request(request.offer(), format), arrival.viewer()));
        } catch (NegotiationException | RuntimeException | Error e) {
            arrival.viewer().withdraw();
            throw e;
        }
        return arrival.viewer();
    }

    @Override
    public Offer<Viewer> offer(String origin) throws NegotiationException {
        StreamSettings now = settings;
        TransportFactory factory = conductor.transport();
        RtpFormat format = conductor.output().format();
        admit(true, factory, format, false, now);
        Arrival arrival = arrival(new JoinRequest("", origin, EngineProviders.OWN.name(), ""), now);
        try {
            return new OfferedViewer(factory.offer(arrival.request("", format), arrival.viewer()), arrival.viewer());
        } catch (NegotiationException | RuntimeException | Error e) {
            arrival.viewer().withdraw();
            throw e;
        }
    }

    /** One who may come, with what makes its packets its own. */
    private record Arrival(ConnectedViewer viewer, ViewerSession.Identity identity) {

        TransportRequest request(String offer, RtpFormat format) {
            return new TransportRequest(offer, format, identity.stream(), identity.cname(), identity.ssrc(), identity.rtxSsrc());
        }
    }

    private Arrival arrival(JoinRequest request, StreamSettings now) {
        String number = Integer.toString(joins.incrementAndGet());
        int ssrc = random.nextInt();
        ViewerSession.Identity identity = new ViewerSession.Identity(now.name(), number, unguessable(CNAME_BYTES), ssrc, ~ssrc,
                // Half of the range, so that the first packets cannot wrap before the viewer knows (RFC 3711, 3.3.1).
                random.nextInt(1 << 15), random.nextInt());
        return new Arrival(new ConnectedViewer(unguessable(ID_BYTES), identity.tags(),
                "stream " + now.name() + ": viewer " + number + " at " + request.origin(), loop, audience,
                () -> elsewhere(request, EngineProviders.OWN),
                transport -> new ViewerSession(System.nanoTime(), identity, transport.media(),
                        new ControllerSeat(System.nanoTime(), audience.congestion(), audience.limits(), loop,
                                conductor::controllerMisbehaved), audience.pacerBoundNanos(), telemetry, System::currentTimeMillis)),
                identity);
    }

    private String unguessable(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    @Override
    public StreamStatus status() {
        StreamSettings now = settings;
        Conductor.View view = conductor.view();
        List<StreamStatus.Stage> stages = new ArrayList<>(view.stages());
        String problem = ownProblem(view);
        int viewers = audience.connected() + engines.connected();
        boolean starting = conductor.output().format() == null || !view.complete();
        FrameShape shape = conductor.captureShape();
        EngineSelection.Choice choice = conductor.selection().choice();
        if (!choice.able().isEmpty() && !EngineProviders.isOwn(choice.able().get(0))) {
            Providers.Candidate<MediaEngineFactory> other = choice.able().get(0);
            // Of our own stages it needs the capture alone, and gets what the processor makes.
            stages.removeIf(stage -> !stage.role().equals("capture") && !stage.role().equals("processor"));
            stages.add(new StreamStatus.Stage("engine", other.label(), other.bundle(), ""));
            problem = stages.get(0).problem();
            starting = shape == null;
        } else if (!problem.isEmpty() && !engines.objections(now.engine()).isEmpty()) {
            problem += "; " + engines.objections(now.engine());
        }
        StreamStatus.State state = !problem.isEmpty() ? StreamStatus.State.PAUSED
                : starting ? StreamStatus.State.STARTING
                : viewers > 0 ? StreamStatus.State.LIVE : StreamStatus.State.IDLE;
        boolean encoded = view.width() > 0 || shape == null;
        return new StreamStatus(now.name(), state, problem.isEmpty() ? badSetting : problem,
                encoded ? view.width() : shape.width(), encoded ? view.height() : shape.height(),
                view.fps(), view.targetBps(), view.reduction(), viewers, stages);
    }

    // ---- what console and shell are offered

    @Override
    public List<Stage> stages() {
        return control.stages();
    }

    @Override
    public List<Replacement> replacements() {
        return control.replacements();
    }

    @Override
    public CompletionStage<Replacement> swap(String role, String provider, String by) throws RefusedException {
        return control.swap(role, provider, by);
    }

    @Override
    public CompletionStage<TrialReport> trial(String role, String provider, Duration length, String by)
            throws RefusedException {
        return control.trial(role, provider, length, by);
    }

    @Override
    public CompletionStage<Replacement> rollback(String role, String by) throws RefusedException {
        return control.rollback(role, by);
    }

    @Override
    public void quarantine(String role, String provider, String reason) throws RefusedException {
        control.quarantine(role, provider, reason);
    }

    @Override
    public void release(String role, String provider) throws RefusedException {
        control.release(role, provider);
    }

    @Override
    public TrialReport lastTrial(String role) throws RefusedException {
        return control.lastTrial(role);
    }
}
