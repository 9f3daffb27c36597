package revcam.deploy;

/**
 * What a set may cost.
 *
 * @param size of all files together, bytes
 * @param expanded of one jar when it is unpacked, bytes
 * @param entries of one jar
 * @param bundles in one set
 */
record Limits(long size, long expanded, int entries, int bundles) {}
