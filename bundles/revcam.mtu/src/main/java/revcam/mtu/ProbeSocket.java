package revcam.mtu;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;

/**
 * A socket that is connected to one address and sends probes of exact sizes that nobody may fragment, by IP_MTU_DISCOVER
 * = PMTUDISC_PROBE, ip(7): what the kernel has heard of the path's MTU does not keep it from trying. Java 17 has no such
 * option, so libc is called. ping(8) could do the same, but is not installed everywhere, speaks no STUN, and has to be
 * understood by its text.
 *
 * <p>Without a port it sends ICMP echo requests, by an unprivileged ping socket (icmp(7), ping_group_range) or else a raw one.
 * With a port it sends STUN Binding requests (RFC 8489) over UDP, padded by an attribute that servers have to ignore; a
 * refusal (ICMP port unreachable) is an answer as well, since it comes only when the whole datagram has arrived. Their
 * answers are small, so that only the way there is measured, which is the way that video goes; echo replies are as large as
 * the requests.
 *
 * <p>One thread. It waits three round trips, but 0.2 to 1 s, for an answer; for refusals always 1 s.
 */
final class ProbeSocket implements Prober, AutoCloseable {

    /** Of libc, the calls that are needed; see their pages in section 2 of the manual. */
    interface LibC extends Library {
        int socket(int domain, int type, int protocol) throws LastErrorException;

        int connect(int fd, Pointer address, int addressBytes) throws LastErrorException;

        int setsockopt(int fd, int level, int name, IntByReference value, int bytes) throws LastErrorException;

        int getsockopt(int fd, int level, int name, IntByReference value, IntByReference bytes) throws LastErrorException;

        NativeLong send(int fd, byte[] data, NativeLong bytes, int flags) throws LastErrorException;

        NativeLong recv(int fd, byte[] data, NativeLong bytes, int flags) throws LastErrorException;

        int poll(Pointer descriptors, NativeLong count, int timeoutMillis) throws LastErrorException;

        int close(int fd) throws LastErrorException;
    }

    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int IPPROTO_IP = 0;
    private static final int IPPROTO_ICMP = 1;
    private static final int IPPROTO_UDP = 17;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPPROTO_ICMPV6 = 58;
    private static final int IP_MTU_DISCOVER = 10;
    private static final int IP_RECVERR = 11;
    private static final int IP_MTU = 14;
    private static final int IPV6_MTU_DISCOVER = 23;
    private static final int IPV6_MTU = 24;
    private static final int IPV6_RECVERR = 25;
    private static final int PMTUDISC_PROBE = 3;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_ERRQUEUE = 0x2000;
    private static final short POLLIN = 1;

    private static final int EPERM = 1;
    private static final int EACCES = 13;
    private static final int EMSGSIZE = 90;
    private static final int EAFNOSUPPORT = 97;
    private static final int EADDRNOTAVAIL = 99;
    private static final int ENETUNREACH = 101;
    private static final int ECONNREFUSED = 111;
    private static final int EHOSTUNREACH = 113;

    private static final int ECHO_REQUEST = 8;
    private static final int ECHO_REPLY = 0;
    private static final int ECHO_REQUEST_V6 = 128;
    private static final int ECHO_REPLY_V6 = 129;
    private static final int STUN_HEADER_BYTES = 20;
    private static final int STUN_BINDING_REQUEST = 1;
    private static final int STUN_COOKIE = 0x2112A442;
    /** Of those that are ignored by whoever does not know them (RFC 8489, section 14), one that nobody has. */
    private static final int STUN_UNKNOWN_ATTRIBUTE = 0xFFFE;

    private static final long MIN_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LibC libc;
    private final boolean ipv6;
    private final boolean stun;
    private final boolean raw;
    private final int fd;
    private final long nonce = new SecureRandom().nextLong();
    private final byte[] received = new byte[65536];
    private final Memory descriptor = new Memory(8);
    private int sequence;
    private boolean refused;
    private long waitNanos = MAX_WAIT_NANOS;

    /**
     * @param port of UDP, or 0 for ICMP echo
     * @throws IOException there is no such socket, or no way there, from here; the message says which
     */
    ProbeSocket(InetAddress host, int port) throws IOException {
        ipv6 = host instanceof Inet6Address;
        stun = port != 0;
        try {
            libc = Native.load("c", LibC.class);
        } catch (LinkageError e) {
            throw new IOException("JNA cannot load its native part (" + e.getMessage()
                    + "); its directory must allow execution, set another with JAVA_TOOL_OPTIONS=-Djna.tmpdir=DIRECTORY", e);
        }
        int protocol = stun ? IPPROTO_UDP : ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
        boolean needsRaw = false;
        int opened;
        try {
            opened = open(SOCK_DGRAM, protocol);
        } catch (LastErrorException e) {
            if (stun || e.getErrorCode() != EACCES && e.getErrorCode() != EPERM) {
                throw cannot(e);
            }
            needsRaw = true;
            try {
                opened = open(SOCK_RAW, protocol);
            } catch (LastErrorException f) {
                throw new IOException("this user may not send ICMP echo requests: run it as root, allow them by"
                        + " 'sudo sysctl -w net.ipv4.ping_group_range=\"0 2147483647\"', or name a UDP port, as in HOST:3478", f);
            }
        }
        fd = opened;
        raw = needsRaw;
        try {
            int level = ipv6 ? IPPROTO_IPV6 : IPPROTO_IP;
            option(level, ipv6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, PMTUDISC_PROBE);
            // Without, IPv6 does not tell a socket that probes of packets that are too big.
            option(level, ipv6 ? IPV6_RECVERR : IP_RECVERR, 1);
            Memory address = address(host, port);
            libc.connect(fd, address, (int) address.size());
        } catch (LastErrorException e) {
            close();
            throw cannot(e);
        }
        descriptor.setInt(0, fd);
        descriptor.setShort(4, POLLIN);
    }

    private int open(int type, int protocol) {
        return libc.socket(ipv6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, protocol);
    }

    private void option(int level, int name, int value) {
        libc.setsockopt(fd, level, name, new IntByReference(value), Integer.BYTES);
    }

    private IOException cannot(LastErrorException e) {
        String family = ipv6 ? "IPv6" : "IPv4";
        return new IOException(switch (e.getErrorCode()) {
            case ENETUNREACH, EADDRNOTAVAIL -> "this machine has no route for " + family + " to there";
            case EHOSTUNREACH -> "there is nobody at that address";
            case EAFNOSUPPORT -> "this machine has no " + family;
            case EPERM, EACCES -> "this machine's own rules forbid it (firewall, sandbox)";
            default -> e.getMessage();
        }, e);
    }

    /** As sockaddr_in, ip(7), and sockaddr_in6, ipv6(7). */
    private static Memory address(InetAddress host, int port) {
        byte[] bytes = host.getAddress();
        boolean v4 = host instanceof Inet4Address;
        Memory address = new Memory(v4 ? 16 : 28);
        address.clear();
        address.setShort(0, (short) (v4 ? AF_INET : AF_INET6));
        address.setByte(2, (byte) (port >> 8));
        address.setByte(3, (byte) port);
        address.write(v4 ? 4 : 8, bytes, 0, bytes.length);
        if (!v4) {
            address.setInt(24, ((Inet6Address) host).getScopeId());
        }
        return address;
    }

    @Override
    public int stepBytes() {
        return stun ? 4 : 1; // a STUN message's length
    }

    @Override
    public int toldBytes() {
        IntByReference value = new IntByReference();
        try {
            libc.getsockopt(fd, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? IPV6_MTU : IP_MTU, value,
                    new IntByReference(Integer.BYTES));
            return value.getValue();
        } catch (LastErrorException e) {
            return 0;
        }
    }

    @Override
    public Outcome probe(int bytes) throws IOException {
        sequence = sequence + 1 & 0xFFFF;
        byte[] packet = stun ? stunRequest(bytes) : echoRequest(bytes);
        long start = System.nanoTime();
        if (!send(packet)) {
            return Outcome.INTERFACE;
        }
        for (long left = waitNanos; left > 0; left = start + waitNanos - System.nanoTime()) {
            if (await(left)) {
                Outcome outcome = receive();
                if (outcome == Outcome.ANSWERED) {
                    long rtt = System.nanoTime() - start;
                    // Hosts send refusals once a second, after the first few.
                    waitNanos = refused ? MAX_WAIT_NANOS : Math.max(MIN_WAIT_NANOS, Math.min(MAX_WAIT_NANOS, 3 * rtt));
                }
                if (outcome != Outcome.SILENT) {
                    return outcome;
                }
            }
        }
        return Outcome.SILENT;
    }

    private boolean await(long nanos) {
        try {
            return libc.poll(descriptor, new NativeLong(1), (int) (nanos / 1_000_000) + 1) > 0;
        } catch (LastErrorException e) {
            return false; // interrupted by a signal; time is left, or not
        }
    }

    /** @return whether the interface takes a packet of that size */
    private boolean send(byte[] packet) throws IOException {
        // An error that came late, of an earlier probe, may be reported in place of this one's; the second has its own.
        for (int attempt = 0; ; attempt++) {
            while (receive(MSG_DONTWAIT) >= 0 || receive(MSG_DONTWAIT | MSG_ERRQUEUE) >= 0) {
                continue; // all that came late
            }
            try {
                libc.send(fd, packet, new NativeLong(packet.length), 0);
                return true;
            } catch (LastErrorException e) {
                if (attempt == 1 && e.getErrorCode() == EMSGSIZE) {
                    return false;
                }
                if (attempt == 1) {
                    throw cannot(e);
                }
            }
        }
    }

    /** What has come, if it is about the newest probe. */
    private Outcome receive() {
        int length = receive(MSG_DONTWAIT);
        if (length >= 0) {
            return isAnswer(length) ? Outcome.ANSWERED : Outcome.SILENT;
        }
        int error = -length;
        length = receive(MSG_DONTWAIT | MSG_ERRQUEUE);
        if (!isProbe(length)) {
            return Outcome.SILENT;
        }
        if (error == EMSGSIZE) {
            return Outcome.TOO_BIG;
        }
        refused |= error == ECONNREFUSED && stun;
        return error == ECONNREFUSED && stun ? Outcome.ANSWERED : Outcome.SILENT;
    }

    /** @return bytes, or an error's number with a minus */
    private int receive(int flags) {
        try {
            return libc.recv(fd, received, new NativeLong(received.length), flags).intValue();
        } catch (LastErrorException e) {
            return -Math.max(e.getErrorCode(), EPERM);
        }
    }

    private boolean isAnswer(int length) {
        // A raw IPv4 socket's packets begin with the IP header, whose length is in words.
        int at = raw && !ipv6 ? (received[0] & 0xF) * 4 : 0;
        if (length < at + STUN_HEADER_BYTES) {
            return false;
        }
        ByteBuffer packet = ByteBuffer.wrap(received);
        if (stun) {
            return packet.getLong(8) == nonce && packet.getInt(16) == sequence;
        }
        return (packet.get(at) & 0xFF) == (ipv6 ? ECHO_REPLY_V6 : ECHO_REPLY) && packet.getShort(at + 6) == (short) sequence
                && packet.getLong(at + 8) == nonce;
    }

    /** Whether an error's quotation is of the newest probe. Routers need to quote no more than the first eight bytes. */
    private boolean isProbe(int length) {
        ByteBuffer packet = ByteBuffer.wrap(received);
        if (stun) {
            return length >= 0 && (length < STUN_HEADER_BYTES || packet.getLong(8) == nonce && packet.getInt(16) == sequence);
        }
        return length >= 8 && packet.getShort(6) == (short) sequence;
    }

    private byte[] stunRequest(int bytes) {
        int length = bytes - (ipv6 ? Overhead.IPV6_UDP_BYTES : Overhead.IPV4_UDP_BYTES);
        ByteBuffer packet = ByteBuffer.allocate(length);
        packet.putShort((short) STUN_BINDING_REQUEST).putShort((short) (length - STUN_HEADER_BYTES)).putInt(STUN_COOKIE)
                .putLong(nonce).putInt(sequence)
                .putShort((short) STUN_UNKNOWN_ATTRIBUTE).putShort((short) (length - STUN_HEADER_BYTES - 4));
        return packet.array();
    }

    /** Its identifier is the process's, which a ping socket replaces by its own. */
    private byte[] echoRequest(int bytes) {
        ByteBuffer packet = ByteBuffer.allocate(bytes - (ipv6 ? 40 : 20));
        packet.put((byte) (ipv6 ? ECHO_REQUEST_V6 : ECHO_REQUEST)).position(4);
        packet.putShort((short) ProcessHandle.current().pid()).putShort((short) sequence).putLong(nonce);
        int sum = 0;
        for (int at = 0; at < packet.capacity(); at++) {
            sum += (packet.get(at) & 0xFF) << (at % 2 == 0 ? 8 : 0);
        }
        sum = (sum & 0xFFFF) + (sum >>> 16);
        packet.putShort(2, (short) ~(sum + (sum >>> 16))); // IPv6's, with its pseudo-header, is the kernel's
        return packet.array();
    }

    @Override
    public void close() {
        libc.close(fd);
    }
}
