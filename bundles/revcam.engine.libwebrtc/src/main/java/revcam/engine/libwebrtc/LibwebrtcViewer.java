package revcam.engine.libwebrtc;

import dev.onvoid.webrtc.PeerConnectionFactory;
import dev.onvoid.webrtc.PeerConnectionObserver;
import dev.onvoid.webrtc.PortAllocatorConfig;
import dev.onvoid.webrtc.RTCConfiguration;
import dev.onvoid.webrtc.RTCIceCandidate;
import dev.onvoid.webrtc.RTCIceGatheringState;
import dev.onvoid.webrtc.RTCPeerConnection;
import dev.onvoid.webrtc.RTCPeerConnectionState;
import dev.onvoid.webrtc.RTCRtpEncodingParameters;
import dev.onvoid.webrtc.RTCRtpSendParameters;
import dev.onvoid.webrtc.RTCRtpSender;
import dev.onvoid.webrtc.RTCSdpType;
import dev.onvoid.webrtc.RTCSessionDescription;
import dev.onvoid.webrtc.RTCStats;
import dev.onvoid.webrtc.RTCStatsReport;
import dev.onvoid.webrtc.RTCStatsType;
import dev.onvoid.webrtc.media.video.CustomVideoSource;
import dev.onvoid.webrtc.media.video.VideoTrack;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import revcam.api.engine.EngineEvents;
import revcam.api.engine.EngineRequest;
import revcam.api.engine.EngineStatistics;
import revcam.api.engine.EngineViewer;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.NegotiationException.Reason;

/** One viewer's connection. What libwebrtc reports comes on its signalling thread, which must not be made to wait. */
final class LibwebrtcViewer implements EngineViewer {

    /** A viewer that libwebrtc hears nothing of for this long after it said so is given up: together some ten seconds. */
    private static final long SILENCE_SECONDS = 5;
    private static final Pattern UFRAG = Pattern.compile("[A-Za-z0-9+/]{4,256}");
    private static final Pattern PASSWORD = Pattern.compile("[A-Za-z0-9+/]{22,256}");

    private final LibwebrtcEngine engine;
    private final EngineRequest request;
    private final Offer offer;
    private final EngineEvents events;
    private final ScheduledExecutorService later;
    private final CompletableFuture<Void> gathered = new CompletableFuture<>();
    private final AtomicBoolean connected = new AtomicBoolean();
    private final AtomicBoolean told = new AtomicBoolean();
    private final VideoTrack track;
    private final RTCPeerConnection connection;
    /** Held for moments, unlike the engine's own; taken after that. */
    private final Object life = new Object();
    private boolean closed; // guarded by life
    private volatile RTCPeerConnectionState state = RTCPeerConnectionState.NEW;
    private volatile String answer = "";
    private volatile EngineStatistics statistics;

    LibwebrtcViewer(LibwebrtcEngine engine, PeerConnectionFactory factory, CustomVideoSource source, EngineRequest request,
            LibwebrtcSettings settings, Offer offer, EngineEvents events, ScheduledExecutorService later) {
        this.engine = engine;
        this.request = request;
        this.offer = offer;
        this.events = events;
        this.later = later;
        RTCConfiguration configuration = new RTCConfiguration();
        configuration.portAllocatorConfig = new PortAllocatorConfig(settings.firstPort(), settings.lastPort(), 0)
                .setDisableTcp(true).setEnableIpv6(true).setEnableSharedSocket(true);
        connection = factory.createPeerConnection(configuration, new Observer());
        try {
            track = factory.createVideoTrack("video0", source);
        } catch (RuntimeException | Error e) {
            LibWebrtc.close(connection);
            throw e;
        }
    }

    /** Called once. */
    void answerOffer() throws NegotiationException {
        RTCRtpSender sender = connection.addTrack(track, List.of(request.stream()));
        try {
            answerOffer(sender);
        } finally {
            LibWebrtc.release(sender);
        }
    }

    private void answerOffer(RTCRtpSender sender) throws NegotiationException {
        try {
            Steps.setRemote(connection, new RTCSessionDescription(RTCSdpType.OFFER, offer.sdp()));
        } catch (Steps.Failed e) {
            throw new NegotiationException(Reason.MALFORMED, "libwebrtc cannot use the offer: " + e.getMessage());
        }
        try {
            RTCSessionDescription made = Steps.createAnswer(connection);
            Steps.setLocal(connection, made);
            limit(sender);
            Steps.await(gathered);
            answer = connection.getLocalDescription().sdp;
        } catch (Steps.Failed e) {
            throw new NegotiationException(Reason.UNAVAILABLE, "libwebrtc cannot answer: " + e.getMessage());
        }
        if (!answer.contains("\na=candidate:")) {
            throw new NegotiationException(Reason.UNAVAILABLE, "libwebrtc has found no address to be reached at: it uses every "
                    + "network but loopback, and its ports may be taken (ports in " + LibwebrtcEngineFactory.PID + ".cfg)");
        }
        if (!answer.contains("a=sendonly") && !answer.contains("a=sendrecv")) {
            throw new NegotiationException(Reason.NOT_ACCEPTABLE,
                    "the offer does not want to receive video (a=recvonly), or libwebrtc cannot send " + offer.codec());
        }
    }

    private void limit(RTCRtpSender sender) {
        RTCRtpSendParameters parameters = sender.getParameters();
        for (RTCRtpEncodingParameters encoding : parameters.encodings) {
            encoding.minBitrate = (int) request.minBps();
            encoding.maxBitrate = (int) request.maxBps();
        }
        sender.setParameters(parameters);
    }

    @Override
    public String answer() {
        return answer;
    }

    @Override
    public String iceTag() {
        return attribute(answer, "ice-ufrag");
    }

    @Override
    public String patch(String fragment) throws NegotiationException {
        String theirs = attribute(fragment, "ice-ufrag");
        if (theirs.isEmpty()) {
            throw new NegotiationException(Reason.MALFORMED, "the fragment has no a=ice-ufrag (RFC 8840)");
        }
        synchronized (engine) {
            if (isClosed()) {
                throw new NegotiationException(Reason.UNAVAILABLE, "the viewer has left");
            }
            boolean restarts = !theirs.equals(attribute(connection.getRemoteDescription().sdp, "ice-ufrag"));
            return restarts ? restart(fragment, theirs) : trickle(fragment);
        }
    }

    private String trickle(String fragment) throws NegotiationException {
        String mid = attribute(fragment, "mid");
        for (String line : fragment.lines().toList()) {
            if (line.startsWith("a=candidate:")) {
                try {
                    Steps.attempt(() ->
                            connection.addIceCandidate(new RTCIceCandidate(mid, 0, line.substring(2).strip())));
                } catch (Steps.Failed e) {
                    throw new NegotiationException(Reason.MALFORMED, "not a candidate: " + e.getMessage());
                }
            }
        }
        return null;
    }

    /** Offers once more what was offered, with the new credentials and candidates. */
    private String restart(String fragment, String ufrag) throws NegotiationException {
        String password = attribute(fragment, "ice-pwd");
        // libwebrtc would refuse these too, but take no offer after that.
        if (!UFRAG.matcher(ufrag).matches() || !PASSWORD.matcher(password).matches()) {
            throw new NegotiationException(Reason.MALFORMED, "a=ice-ufrag takes 4 to 256 and a=ice-pwd 22 to 256 letters, "
                    + "digits, + or / (RFC 8839, section 5.4)");
        }
        String again = offer.sdp().lines().filter(line -> !line.startsWith("a=candidate:")).map(line ->
                line.startsWith("a=ice-ufrag:") ? "a=ice-ufrag:" + ufrag
                : line.startsWith("a=ice-pwd:") ? "a=ice-pwd:" + password : line)
                .collect(Collectors.joining("\r\n", "", "\r\n"));
        try {
            Steps.setRemote(connection, new RTCSessionDescription(RTCSdpType.OFFER, again));
        } catch (Steps.Failed e) {
            throw new NegotiationException(Reason.MALFORMED, "libwebrtc cannot use the credentials: " + e.getMessage());
        }
        try {
            RTCSessionDescription made = Steps.createAnswer(connection);
            Steps.setLocal(connection, made);
            trickle(fragment);
            // Its sockets are the same; what libwebrtc still gathers are other ways to them.
            answer = connection.getLocalDescription().sdp;
        } catch (Steps.Failed e) {
            throw new NegotiationException(Reason.UNAVAILABLE, "libwebrtc cannot restart ICE: " + e.getMessage());
        }
        return answer.lines().filter(line -> line.startsWith("a=ice-") || line.startsWith("a=candidate:")
                || line.startsWith("m=") || line.startsWith("a=mid:"))
                .collect(Collectors.joining("\r\n", "", "\r\n"));
    }

    /** Of the first line that has it; empty where none has. */
    private static String attribute(String sdp, String name) {
        String start = "a=" + name + ":";
        return sdp.lines().filter(line -> line.startsWith(start)).map(line -> line.substring(start.length()).strip())
                .findFirst().orElse("");
    }

    // ---- statistics

    @Override
    public EngineStatistics statistics() {
        synchronized (life) {
            if (!closed) {
                connection.getStats(report -> statistics = statistics(report));
            }
        }
        return statistics;
    }

    private boolean isClosed() {
        synchronized (life) {
            return closed;
        }
    }

    private static EngineStatistics statistics(RTCStatsReport report) {
        Map<String, RTCStats> all = report.getStats();
        RTCStats outbound = of(all, RTCStatsType.OUTBOUND_RTP);
        RTCStats remote = of(all, RTCStatsType.REMOTE_INBOUND_RTP);
        RTCStats pair = all.values().stream().filter(one -> one.getType() == RTCStatsType.CANDIDATE_PAIR
                && Boolean.TRUE.equals(one.getAttributes().get("nominated"))).findFirst().orElse(null);
        RTCStats codec = outbound == null ? null : all.get(String.valueOf(outbound.getAttributes().get("codecId")));
        return new EngineStatistics(text(codec, "mimeType").replaceFirst("^video/", ""), text(outbound, "encoderImplementation"),
                number(outbound, "framesSent"), number(outbound, "packetsSent") - number(outbound, "retransmittedPacketsSent"),
                number(outbound, "bytesSent") - number(outbound, "retransmittedBytesSent")
                        + number(outbound, "headerBytesSent"),
                number(outbound, "retransmittedPacketsSent"), number(outbound, "nackCount"), number(outbound, "pliCount"),
                number(outbound, "firCount"), number(pair, "availableOutgoingBitrate"), number(remote, "roundTripTime"),
                number(remote, "fractionLost"), number(remote, "jitter"));
    }

    private static RTCStats of(Map<String, RTCStats> all, RTCStatsType type) {
        return all.values().stream().filter(one -> one.getType() == type).findFirst().orElse(null);
    }

    private static double number(RTCStats stats, String name) {
        return stats != null && stats.getAttributes().get(name) instanceof Number number ? number.doubleValue() : Double.NaN;
    }

    private static String text(RTCStats stats, String name) {
        return stats != null && stats.getAttributes().get(name) instanceof String text ? text : "";
    }

    // ---- the end

    @Override
    public void close() {
        told.set(true);
        synchronized (engine) {
            synchronized (life) {
                if (closed) {
                    return;
                }
                closed = true;
            }
            LibWebrtc.close(connection);
            LibWebrtc.release(track);
            engine.left(this);
        }
    }

    private void lost(String reason) {
        if (told.compareAndSet(false, true)) {
            events.onClosed(reason);
        }
    }

    /** Called on libwebrtc's signalling thread. */
    private final class Observer implements PeerConnectionObserver {

        @Override
        public void onIceCandidate(RTCIceCandidate candidate) {
            // All are in the description once gathering is complete.
        }

        @Override
        public void onIceGatheringChange(RTCIceGatheringState now) {
            if (now == RTCIceGatheringState.COMPLETE) {
                gathered.complete(null);
            }
        }

        @Override
        public void onConnectionChange(RTCPeerConnectionState now) {
            state = now;
            switch (now) {
                case CONNECTED -> {
                    if (connected.compareAndSet(false, true)) {
                        events.onConnected();
                    }
                }
                case DISCONNECTED -> afterSilence();
                case FAILED -> lost(connected.get() ? "it is not heard any more" : "there is no way to it");
                case CLOSED -> lost("its connection was closed");
                default -> { }
            }
        }

        private void afterSilence() {
            try {
                later.schedule(() -> {
                    if (state == RTCPeerConnectionState.DISCONNECTED) {
                        lost("it is not heard any more");
                    }
                }, SILENCE_SECONDS, TimeUnit.SECONDS);
            } catch (RejectedExecutionException e) {
                // the engine closes
            }
        }
    }
}
