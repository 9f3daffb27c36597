package revcam.transport.webrtc;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.CRC32;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import revcam.api.connectivity.IceCredentials;

/** A viewer's socket and its side of STUN, written apart from what is tested. */
public final class UdpViewer implements AutoCloseable {

    public static final int USE_CANDIDATE = 0x0025;
    public static final int ICE_CONTROLLED = 0x8029;
    private static final int ICE_CONTROLLING = 0x802A;

    private final DatagramSocket socket;

    public UdpViewer() throws IOException {
        socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    }

    public int port() {
        return socket.getLocalPort();
    }

    /** Where the value of an {@code a=candidate} line points. */
    public static InetSocketAddress address(String candidate) {
        String[] fields = candidate.split(" ");
        return new InetSocketAddress(fields[4], Integer.parseInt(fields[5]));
    }

    /** A connectivity check. @param attributes without a value; ICE_CONTROLLING is added unless ICE_CONTROLLED is there */
    public byte[] check(IceCredentials server, String ufrag, int... attributes) {
        byte[] username = (server.ufrag() + ':' + ufrag).getBytes(StandardCharsets.US_ASCII);
        ByteBuffer message = ByteBuffer.allocate(300);
        byte[] transaction = new byte[12];
        ThreadLocalRandom.current().nextBytes(transaction);
        message.putShort((short) 1).putShort((short) 0).putInt(0x2112A442).put(transaction);
        message.putShort((short) 0x0006).putShort((short) username.length).put(username);
        message.position((message.position() + 3) & ~3);
        message.putShort((short) 0x0024).putShort((short) 4).putInt(0x6E0001FF);
        boolean controlled = Arrays.stream(attributes).anyMatch(attribute -> attribute == ICE_CONTROLLED);
        message.putShort((short) (controlled ? ICE_CONTROLLED : ICE_CONTROLLING)).putShort((short) 8).putLong(42);
        for (int attribute : attributes) {
            if (attribute != ICE_CONTROLLED) {
                message.putShort((short) attribute).putShort((short) 0);
            }
        }
        message.putShort(2, (short) (message.position() - 20 + 24));
        try {
            Mac hmac = Mac.getInstance("HmacSHA1");
            hmac.init(new SecretKeySpec(server.password().getBytes(StandardCharsets.US_ASCII), "HmacSHA1"));
            hmac.update(message.array(), 0, message.position());
            message.putShort((short) 0x0008).putShort((short) 20).put(hmac.doFinal());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
        message.putShort(2, (short) (message.position() - 20 + 8));
        CRC32 crc = new CRC32();
        crc.update(message.array(), 0, message.position());
        message.putShort((short) 0x8028).putShort((short) 4).putInt((int) crc.getValue() ^ 0x5354554E);
        return Arrays.copyOf(message.array(), message.position());
    }

    public void send(byte[] datagram, InetSocketAddress to) throws IOException {
        socket.send(new DatagramPacket(datagram, datagram.length, to));
    }

    /** The next datagram, or null when none comes in time. */
    public byte[] receive(int timeoutMillis) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
        socket.setSoTimeout(timeoutMillis);
        try {
            socket.receive(packet);
        } catch (SocketTimeoutException e) {
            return null;
        }
        return Arrays.copyOf(packet.getData(), packet.getLength());
    }

    /** The value of an attribute of a STUN message, or null. */
    public static byte[] attribute(byte[] message, int type) {
        ByteBuffer buffer = ByteBuffer.wrap(message);
        int at = 20;
        while (at < message.length) {
            int bytes = buffer.getShort(at + 2) & 0xFFFF;
            if ((buffer.getShort(at) & 0xFFFF) == type) {
                return Arrays.copyOfRange(message, at + 4, at + 4 + bytes);
            }
            at += 4 + (bytes + 3 & ~3);
        }
        return null;
    }

    /** 0 for a success, else the error code of a STUN response. */
    public static int errorCode(byte[] response) {
        byte[] error = attribute(response, 0x0009);
        return error == null ? 0 : error[2] * 100 + error[3];
    }

    @Override
    public void close() {
        socket.close();
    }
}
