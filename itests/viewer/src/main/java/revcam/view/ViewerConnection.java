package revcam.view;

import dev.onvoid.webrtc.CreateSessionDescriptionObserver;
import dev.onvoid.webrtc.PeerConnectionFactory;
import dev.onvoid.webrtc.PeerConnectionObserver;
import dev.onvoid.webrtc.PortAllocatorConfig;
import dev.onvoid.webrtc.RTCConfiguration;
import dev.onvoid.webrtc.RTCIceCandidate;
import dev.onvoid.webrtc.RTCIceGatheringState;
import dev.onvoid.webrtc.RTCOfferOptions;
import dev.onvoid.webrtc.RTCPeerConnection;
import dev.onvoid.webrtc.RTCPeerConnectionState;
import dev.onvoid.webrtc.RTCRtpTransceiver;
import dev.onvoid.webrtc.RTCRtpTransceiverDirection;
import dev.onvoid.webrtc.RTCRtpTransceiverInit;
import dev.onvoid.webrtc.RTCSdpType;
import dev.onvoid.webrtc.RTCSessionDescription;
import dev.onvoid.webrtc.RTCStatsReport;
import dev.onvoid.webrtc.SetSessionDescriptionObserver;
import dev.onvoid.webrtc.media.video.CustomVideoSource;
import dev.onvoid.webrtc.media.video.VideoTrack;
import dev.onvoid.webrtc.media.video.VideoTrackSink;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import revcam.engine.libwebrtc.LibWebrtc;

/**
 * One WHEP session with its connection: there once it is answered, until it is closed. To be used by one thread; holds native
 * memory until {@link #close()}.
 */
final class ViewerConnection implements AutoCloseable {

    /** All candidates are local and are found at once; names of servers are never asked for. */
    private static final long GATHERING_SECONDS = 5;
    private static final long LOCAL_SECONDS = 10;

    private final VideoTrackSink sink;
    private final CompletableFuture<Void> gathered = new CompletableFuture<>();
    private final CompletableFuture<Void> lost = new CompletableFuture<>();
    private final CompletableFuture<VideoTrack> arrived = new CompletableFuture<>();
    private CustomVideoSource unused;
    private VideoTrack placeholder;
    private RTCPeerConnection connection;
    private WhepSession session;
    private long postedNanos;

    private ViewerConnection(VideoTrackSink sink) {
        this.sink = sink;
    }

    /**
     * Joins.
     *
     * @param sink given every decoded picture, on libwebrtc's thread
     */
    static ViewerConnection open(PeerConnectionFactory factory, URI endpoint, String token, InetSocketAddress via,
            VideoTrackSink sink) throws ViewException {
        ViewerConnection opened = new ViewerConnection(sink);
        try {
            opened.join(factory, endpoint, token, via);
            return opened;
        } catch (ViewException | RuntimeException | Error e) {
            opened.release();
            throw e;
        }
    }

    private void join(PeerConnectionFactory factory, URI endpoint, String token, InetSocketAddress via) throws ViewException {
        RTCConfiguration configuration = new RTCConfiguration();
        // One socket on every address: a camera on this very machine is reached over loopback as well.
        configuration.portAllocatorConfig = new PortAllocatorConfig().setDisableTcp(true).setDisableAdapterEnumeration(true);
        connection = factory.createPeerConnection(configuration, new Observer());
        // There is no way to receive without a track of one's own; this one never has a picture.
        unused = new CustomVideoSource();
        placeholder = factory.createVideoTrack("unused", unused);
        RTCRtpTransceiverInit init = new RTCRtpTransceiverInit();
        init.direction = RTCRtpTransceiverDirection.RECV_ONLY;
        LibWebrtc.release(connection.addTransceiver(placeholder, init));

        CompletableFuture<RTCSessionDescription> created = new CompletableFuture<>();
        connection.createOffer(new RTCOfferOptions(), new CreateSessionDescriptionObserver() {
            @Override
            public void onSuccess(RTCSessionDescription description) {
                created.complete(description);
            }

            @Override
            public void onFailure(String error) {
                created.completeExceptionally(new IllegalStateException(error));
            }
        });
        RTCSessionDescription offer = await(created, LOCAL_SECONDS, "make an offer");
        set(observer -> connection.setLocalDescription(offer, observer), "take its own offer");
        await(gathered, GATHERING_SECONDS, "find its own addresses");
        String complete = connection.getLocalDescription().sdp;
        postedNanos = System.nanoTime();
        session = WhepSession.begin(endpoint, token, via == null ? complete : withoutCandidates(complete));
        String answer = via == null ? session.answer() : onlyVia(session.answer(), via);
        set(observer -> connection.setRemoteDescription(new RTCSessionDescription(RTCSdpType.ANSWER, answer), observer),
                "use the server's answer");
    }

    /** Else the camera would find a way around the relay by itself. */
    private static String withoutCandidates(String sdp) {
        return Arrays.stream(sdp.split("\r\n")).filter(line -> !line.startsWith("a=candidate:"))
                .collect(Collectors.joining("\r\n", "", "\r\n"));
    }

    private static String onlyVia(String answer, InetSocketAddress via) throws ViewException {
        String all = Arrays.stream(answer.split("\r\n")).filter(line -> line.startsWith("a=candidate:")).findFirst()
                .orElseThrow(() -> new ViewException("the answer holds no address to reach the camera at"));
        String[] fields = all.split(" ");
        String only = String.join(" ", "a=candidate:1 1 udp", fields[3], via.getAddress().getHostAddress(),
                Integer.toString(via.getPort()), "typ host");
        return withoutCandidates(answer).replaceFirst("(?m)^a=ice-ufrag:", only + "\r\na=ice-ufrag:");
    }

    private static void set(Consumer<SetSessionDescriptionObserver> call, String what) throws ViewException {
        CompletableFuture<Void> done = new CompletableFuture<>();
        call.accept(new SetSessionDescriptionObserver() {
            @Override
            public void onSuccess() {
                done.complete(null);
            }

            @Override
            public void onFailure(String error) {
                done.completeExceptionally(new IllegalStateException(error));
            }
        });
        await(done, LOCAL_SECONDS, what);
    }

    private static <T> T await(CompletableFuture<T> future, long seconds, String what) throws ViewException {
        try {
            return future.get(seconds, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new ViewException("libwebrtc cannot " + what + ": " + e.getCause().getMessage(), e);
        } catch (TimeoutException e) {
            throw new ViewException("libwebrtc could not " + what + " within " + seconds + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ViewException("interrupted", e);
        }
    }

    /** Completed when the path is lost or the other side has closed it. */
    CompletableFuture<Void> lost() {
        return lost;
    }

    WhepSession session() {
        return session;
    }

    /** When the offer was sent. */
    long postedNanos() {
        return postedNanos;
    }

    RTCPeerConnectionState state() {
        return connection.getConnectionState();
    }

    RTCStatsReport statistics() throws ViewException {
        CompletableFuture<RTCStatsReport> report = new CompletableFuture<>();
        connection.getStats(report::complete);
        return await(report, LOCAL_SECONDS, "count");
    }

    @Override
    public void close() throws ViewException {
        try {
            if (session != null) {
                session.close();
            }
        } finally {
            release();
        }
    }

    private void release() {
        VideoTrack track = arrived.getNow(null);
        if (track != null) {
            track.removeSink(sink);
        }
        LibWebrtc.close(connection);
        LibWebrtc.release(placeholder);
        LibWebrtc.release(unused);
    }

    /** Called on libwebrtc's signalling thread. */
    private final class Observer implements PeerConnectionObserver {

        @Override
        public void onIceCandidate(RTCIceCandidate candidate) {
            // They are in the description once gathering is complete.
        }

        @Override
        public void onIceGatheringChange(RTCIceGatheringState state) {
            if (state == RTCIceGatheringState.COMPLETE) {
                gathered.complete(null);
            }
        }

        @Override
        public void onConnectionChange(RTCPeerConnectionState state) {
            if (List.of(RTCPeerConnectionState.FAILED, RTCPeerConnectionState.CLOSED).contains(state)) {
                lost.complete(null);
            }
        }

        @Override
        public void onTrack(RTCRtpTransceiver transceiver) {
            VideoTrack track = (VideoTrack) transceiver.getReceiver().getTrack();
            track.addSink(sink);
            arrived.complete(track);
        }
    }
}
