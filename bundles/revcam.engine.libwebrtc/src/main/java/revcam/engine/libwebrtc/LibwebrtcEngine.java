package revcam.engine.libwebrtc;

import dev.onvoid.webrtc.PeerConnectionFactory;
import dev.onvoid.webrtc.media.video.CustomVideoSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import revcam.api.engine.EngineEvents;
import revcam.api.engine.EngineOffer;
import revcam.api.engine.EngineRequest;
import revcam.api.engine.EngineViewer;
import revcam.api.engine.MediaEngine;
import revcam.api.media.RawFrame;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.NegotiationException.Reason;

/**
 * One stream through libwebrtc: one source of pictures, and for each viewer a connection with an encoder of its own. Native
 * objects are let go of in a fixed order, under one lock: viewers, source, factory.
 */
final class LibwebrtcEngine implements MediaEngine {

    private final EngineRequest request;
    private final Supplier<LibwebrtcSettings> settings;
    private final Consumer<LibwebrtcEngine> onClosed;
    private final PeerConnectionFactory factory;
    private final CustomVideoSource source;
    private final FrameFeed feed;
    /** For what libwebrtc's own threads must not wait for, and for what is due later. */
    private final ScheduledExecutorService later;
    private final Set<LibwebrtcViewer> viewers = new LinkedHashSet<>(); // guarded by this
    private boolean closed; // guarded by this

    /** @throws UnsupportedOperationException libwebrtc does not load; the message is for a person */
    LibwebrtcEngine(EngineRequest request, Supplier<LibwebrtcSettings> settings, Consumer<LibwebrtcEngine> onClosed) {
        this.request = request;
        this.settings = settings;
        this.onClosed = onClosed;
        factory = LibWebrtc.open();
        try {
            source = new CustomVideoSource();
        } catch (RuntimeException | Error e) {
            factory.dispose();
            throw e;
        }
        feed = new FrameFeed(source);
        later = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "revcam.libwebrtc-later");
            thread.setDaemon(true);
            return thread;
        });
    }

    @Override
    public void onFrame(RawFrame frame) {
        feed.give(frame);
    }

    @Override
    public synchronized EngineViewer join(EngineOffer wish, EngineEvents events) throws NegotiationException {
        if (closed) {
            throw new NegotiationException(Reason.UNAVAILABLE, "engine libwebrtc has been closed");
        }
        LibwebrtcSettings now = settings.get();
        List<String> codecs = now.codecs();
        if (!wish.codec().isEmpty()) {
            String wanted = wish.codec().toUpperCase(Locale.ROOT);
            if (!codecs.contains(wanted)) {
                throw new NegotiationException(Reason.NOT_ACCEPTABLE, "engine libwebrtc does not send that codec; it may send "
                        + String.join(", ", codecs) + " (codecs in " + LibwebrtcEngineFactory.PID + ".cfg)");
            }
            codecs = List.of(wanted);
        }
        Offer offer = Offer.of(wish.sdp(), codecs, request.startBps() / 1000);
        LibwebrtcViewer viewer = new LibwebrtcViewer(this, factory, source, request, now, offer, events, later);
        viewers.add(viewer);
        try {
            viewer.answerOffer();
        } catch (NegotiationException | RuntimeException | Error e) {
            viewer.close();
            throw e;
        }
        return viewer;
    }

    /** While it holds the lock that closing takes. */
    synchronized void left(LibwebrtcViewer viewer) {
        viewers.remove(viewer);
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        for (LibwebrtcViewer viewer : new ArrayList<>(viewers)) {
            viewer.close();
        }
        feed.close();
        later.shutdownNow();
        try {
            later.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        LibWebrtc.release(source);
        factory.dispose();
        onClosed.accept(this);
    }
}
