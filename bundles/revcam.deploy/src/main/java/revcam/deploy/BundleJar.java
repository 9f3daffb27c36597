package revcam.deploy;

/**
 * One bundle of a set, in the store.
 *
 * @param sha256 of the file, 64 hexadecimal digits; its name in the store
 * @param size bytes
 * @param file the name it came under
 * @param name symbolic name
 * @param version its version
 */
record BundleJar(String sha256, long size, String file, String name, String version) {

    @Override
    public String toString() {
        return name + " " + version;
    }
}
