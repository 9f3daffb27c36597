package revcam.transport.webrtc.ice;

import java.net.InetSocketAddress;

/** A way to a peer that a connectivity check came by: a valid pair of RFC 8445. Media loop, but for the final fields. */
final class Path {

    /** A browser that is in a hurry sends some 20 a second. */
    private static final int REMEMBERED = 64;

    final UdpSocket socket;
    final InetSocketAddress remote;
    final IceLite session;
    long lastCheckNanos;

    /** Transactions of the latest checks that passed: 64 of their 96 random bits. */
    private final long[] transactions = new long[REMEMBERED];
    private int passed;

    Path(UdpSocket socket, InetSocketAddress remote, IceLite session) {
        this.socket = socket;
        this.remote = remote;
        this.session = session;
    }

    /** A check of this transaction passed. */
    void remember(long transaction) {
        transactions[passed++ % REMEMBERED] = transaction;
        if (passed == 2 * REMEMBERED) {
            passed = REMEMBERED;
        }
    }

    /** Whether one of the latest checks had this transaction: it is sent again, by the peer or by somebody who has seen it. */
    boolean knows(long transaction) {
        for (int i = Math.min(passed, REMEMBERED) - 1; i >= 0; i--) {
            if (transactions[i] == transaction) {
                return true;
            }
        }
        return false;
    }
}
