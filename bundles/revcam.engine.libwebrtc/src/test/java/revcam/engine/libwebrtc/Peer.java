package revcam.engine.libwebrtc;

import dev.onvoid.webrtc.CreateSessionDescriptionObserver;
import dev.onvoid.webrtc.PeerConnectionFactory;
import dev.onvoid.webrtc.PeerConnectionObserver;
import dev.onvoid.webrtc.RTCConfiguration;
import dev.onvoid.webrtc.RTCIceCandidate;
import dev.onvoid.webrtc.RTCIceGatheringState;
import dev.onvoid.webrtc.RTCOfferOptions;
import dev.onvoid.webrtc.RTCPeerConnection;
import dev.onvoid.webrtc.RTCRtpTransceiver;
import dev.onvoid.webrtc.RTCRtpTransceiverDirection;
import dev.onvoid.webrtc.RTCRtpTransceiverInit;
import dev.onvoid.webrtc.RTCSdpType;
import dev.onvoid.webrtc.RTCSessionDescription;
import dev.onvoid.webrtc.media.video.CustomVideoSource;
import dev.onvoid.webrtc.media.video.VideoTrack;
import dev.onvoid.webrtc.media.video.VideoTrackSink;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import revcam.testkit.MediaEngineConformance;

/** Somebody who watches: the other end of a connection, on a factory of its own. */
final class Peer implements MediaEngineConformance.Watcher, PeerConnectionObserver {

    private final AtomicInteger frames = new AtomicInteger();
    private final VideoTrackSink counter = frame -> {
        frames.incrementAndGet();
        frame.release();
    };
    private final CompletableFuture<Void> gathered = new CompletableFuture<>();
    private final CompletableFuture<VideoTrack> arrived = new CompletableFuture<>();
    private final CustomVideoSource unused = new CustomVideoSource();
    private final VideoTrack placeholder;
    private final RTCPeerConnection connection;

    Peer(PeerConnectionFactory factory) {
        connection = factory.createPeerConnection(new RTCConfiguration(), this);
        placeholder = factory.createVideoTrack("unused", unused);
        RTCRtpTransceiverInit init = new RTCRtpTransceiverInit();
        init.direction = RTCRtpTransceiverDirection.RECV_ONLY;
        LibWebrtc.release(connection.addTransceiver(placeholder, init));
    }

    @Override
    public String offer() throws Steps.Failed {
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
        Steps.setLocal(connection, Steps.await(created));
        Steps.await(gathered);
        return connection.getLocalDescription().sdp;
    }

    @Override
    public int frames() {
        return frames.get();
    }

    @Override
    public void answered(String sdp) throws Steps.Failed {
        Steps.setRemote(connection, new RTCSessionDescription(RTCSdpType.ANSWER, sdp));
    }

    @Override
    public void onIceCandidate(RTCIceCandidate candidate) {
        // in the description
    }

    @Override
    public void onIceGatheringChange(RTCIceGatheringState state) {
        if (state == RTCIceGatheringState.COMPLETE) {
            gathered.complete(null);
        }
    }

    @Override
    public void onTrack(RTCRtpTransceiver transceiver) {
        VideoTrack track = (VideoTrack) transceiver.getReceiver().getTrack();
        track.addSink(counter);
        arrived.complete(track);
    }

    @Override
    public void close() {
        VideoTrack track = arrived.getNow(null);
        if (track != null) {
            track.removeSink(counter);
        }
        LibWebrtc.close(connection);
        LibWebrtc.release(placeholder);
        LibWebrtc.release(unused);
    }
}
