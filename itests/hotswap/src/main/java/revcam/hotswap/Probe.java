package revcam.hotswap;

import java.util.ArrayList;
import java.util.List;
import org.osgi.framework.Constants;
import java.util.Hashtable;
import revcam.api.transport.MediaLoop;
import revcam.api.transport.NegotiatedMedia;
import revcam.api.transport.Transport;
import revcam.api.transport.TransportEvents;
import revcam.api.transport.TransportFactory;
import revcam.api.transport.TransportRequest;

/** A transport that goes nowhere: its viewer reads the RTP headers and keeps the books. */
final class Probe implements TransportFactory {

    static final String NAME_HERE = "probe";
    /** Extensions, SRTP, UDP and IPv6: what the real one would add. */
    private static final int OVERHEAD_BYTES = 80;

    private static Probe registered;

    private final MediaLoop loop;
    private final List<Line> opened = new ArrayList<>(); // guarded by this

    private Probe(MediaLoop loop) {
        this.loop = loop;
    }

    /** The one that all streams of the tests use; registered when first asked for. */
    static synchronized Probe get() throws InterruptedException {
        if (registered == null) {
            registered = new Probe(Wait.service(MediaLoop.class, "(objectClass=*)"));
            Hashtable<String, Object> properties = new Hashtable<>();
            properties.put(TransportFactory.NAME, NAME_HERE);
            properties.put(Constants.SERVICE_RANKING, -1);
            Wait.CONTEXT.registerService(TransportFactory.class, registered, properties);
        }
        return registered;
    }

    @Override
    public Transport open(TransportRequest request, TransportEvents events) {
        Line line = new Line(request.offer());
        synchronized (this) {
            opened.add(line);
        }
        loop.execute(() -> events.onConnected(System.nanoTime()));
        return line;
    }

    /** The path of the viewer whose offer this was. */
    synchronized Line line(String offer) {
        return opened.stream().filter(line -> line.answer().equals(offer)).findFirst().orElseThrow();
    }

    /** One viewer's path, and what has come over it. */
    static final class Line implements Transport {

        private final String offer;
        // Guarded by this.
        private final List<Long> frameNanos = new ArrayList<>();
        private final List<String> complaints = new ArrayList<>();
        private int lastSequence = -1;
        private int lastTimestamp;
        private boolean markerWasLast = true;
        private boolean anyFrame;
        private int largestPacketBytes;

        private Line(String offer) {
            this.offer = offer;
        }

        @Override
        public synchronized boolean sendRtp(byte[] header, int headerBytes, byte[] payload, int offset, int bytes) {
            int sequence = (header[2] & 0xff) << 8 | header[3] & 0xff;
            int timestamp = (header[4] & 0xff) << 24 | (header[5] & 0xff) << 16 | (header[6] & 0xff) << 8 | header[7] & 0xff;
            boolean marker = (header[1] & 0x80) != 0;
            if (lastSequence >= 0 && sequence != (lastSequence + 1 & 0xffff)) {
                complaints.add("sequence number " + sequence + " after " + lastSequence);
            }
            if (anyFrame && markerWasLast && timestamp - lastTimestamp <= 0) {
                complaints.add("timestamp " + timestamp + " of a new frame after " + lastTimestamp);
            } else if (!markerWasLast && timestamp != lastTimestamp) {
                complaints.add("timestamp " + timestamp + " within the frame of " + lastTimestamp);
            }
            lastSequence = sequence;
            lastTimestamp = timestamp;
            markerWasLast = marker;
            anyFrame = true;
            largestPacketBytes = Math.max(largestPacketBytes, headerBytes + bytes);
            if (marker) {
                frameNanos.add(System.nanoTime());
            }
            return true;
        }

        /** Complete frames so far. */
        synchronized int frames() {
            return frameNanos.size();
        }

        /** What was wrong with the RTP so far: gaps in the sequence, times that do not rise. */
        synchronized List<String> complaints() {
            return List.copyOf(complaints);
        }

        /** The longest time from one frame to the next, from frame {@code from} on, the present silence included. */
        synchronized long largestGapNanos(int from) {
            long largest = 0;
            for (int i = Math.max(1, from); i < frameNanos.size(); i++) {
                largest = Math.max(largest, frameNanos.get(i) - frameNanos.get(i - 1));
            }
            return frameNanos.isEmpty() ? 0 : Math.max(largest, System.nanoTime() - frameNanos.get(frameNanos.size() - 1));
        }

        synchronized int largestPacketBytes() {
            return largestPacketBytes;
        }

        @Override
        public String answer() {
            return offer;
        }

        @Override
        public NegotiatedMedia media() {
            return new NegotiatedMedia(96, -1, 0, "", 0, false, 0, 0, true, true, true, false, false, true);
        }

        @Override
        public String iceTag() {
            return "tag";
        }

        @Override
        public String patch(String fragment) {
            return null;
        }

        @Override
        public int overheadBytes() {
            return OVERHEAD_BYTES;
        }

        @Override
        public boolean sendRtcp(byte[] packet, int bytes) {
            return true;
        }

        @Override
        public void close() {
            // Nothing is held.
        }
    }
}
