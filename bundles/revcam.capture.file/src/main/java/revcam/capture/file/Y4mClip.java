package revcam.capture.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import revcam.api.media.RawFrame;

/**
 * A YUV4MPEG2 file of the right size: picture {@code number mod count} of it, copied once, from the page cache to the
 * frame. Reading rather than mapping turns a file that shrinks or a card that fails into an exception.
 */
final class Y4mClip implements Clip {

    private final Path path;
    private final FileChannel channel;
    private final Y4mHeader header;
    private final long count;
    private final ByteBuffer marker = ByteBuffer.allocateDirect(Y4mHeader.FRAME.length);
    private final byte[] markerBytes = new byte[Y4mHeader.FRAME.length];

    /** @throws IOException it cannot be read, holds no picture, or ends within one */
    Y4mClip(Path path, Y4mHeader header) throws IOException {
        this.path = path;
        this.header = header;
        channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            long bytes = channel.size() - header.bytes();
            count = bytes / frameBytes();
            if (bytes % frameBytes() != 0) {
                throw new IOException(path + " ends within picture " + count + "; copy or convert it again");
            }
            if (count == 0) {
                throw new IOException(path + " holds no picture, only a header; convert it again");
            }
            readMarker(0);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    long count() {
        return count;
    }

    private long frameBytes() {
        return Y4mHeader.FRAME.length + header.sampleBytes();
    }

    @Override
    public void read(RawFrame frame, long number) throws IOException {
        long index = number % count;
        readMarker(index);
        long from = header.bytes() + index * frameBytes() + Y4mHeader.FRAME.length;
        for (int plane = 0; plane < frame.format().planes(); plane++) {
            ByteBuffer samples = Clip.plane(frame, plane);
            readFully(samples, from, index);
            from += samples.capacity();
        }
    }

    private void readMarker(long index) throws IOException {
        readFully(marker.clear(), header.bytes() + index * frameBytes(), index);
        marker.flip().get(markerBytes);
        if (!Arrays.equals(markerBytes, Y4mHeader.FRAME)) {
            throw new IOException(path + " is damaged: picture " + index + " of " + count
                    + " does not begin with a plain FRAME line; convert it again");
        }
    }

    private void readFully(ByteBuffer into, long from, long index) throws IOException {
        while (into.hasRemaining()) {
            if (channel.read(into, from + into.position()) < 0) {
                throw new IOException(path + " was shortened while it played, at picture " + index + " of " + count);
            }
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // nothing was written, so nothing is lost
        }
    }
}
