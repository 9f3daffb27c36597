package revcam.mtu;

import java.io.IOException;

/** Sends one packet of a given size that nobody may fragment, and waits for what comes of it. */
interface Prober {

    enum Outcome {
        /** It arrived in one piece. */
        ANSWERED,
        /** Nothing came back in time: the packet, or its answer, was lost. */
        SILENT,
        /** A router said that it is too big (ICMP fragmentation needed, ICMPv6 packet too big). */
        TOO_BIG,
        /** It is more than this machine's own interface carries. */
        INTERFACE
    }

    /**
     * @param bytes of the whole IP packet, a multiple of {@link #stepBytes()}
     * @throws IOException no packet of any size can be sent; the message says why
     */
    Outcome probe(int bytes) throws IOException;

    /** The sizes that it can send are multiples of this. */
    int stepBytes();

    /** What the kernel has been told of the path's MTU; a hint for where to look, or 0. */
    int toldBytes();
}
