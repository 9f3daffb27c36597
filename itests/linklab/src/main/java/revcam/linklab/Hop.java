package revcam.linklab;

/** Something that a packet arrives at. */
@FunctionalInterface
interface Hop {
    void accept(Packet packet);
}
