package revcam.hotswap.stranger;

/** The class that is left out of a bundle. */
final class Absentee {

    void greet() {}
}
