package revcam.api.config;

/** A configured value that cannot be used. The message names file, key, value and what is allowed. */
public final class BadSetting extends Exception {

    private static final long serialVersionUID = 1;

    private final String key;

    /**
     * @param file where the value came from
     * @param value as it was written; not for secrets, which {@link Settings#secret} keeps out of messages
     * @param allowed range or form, with units
     */
    public BadSetting(String file, String key, Object value, String allowed) {
        super(file + ": " + key + " = '" + value + "' cannot be used; allowed: " + allowed);
        this.key = key;
    }

    /** The key whose value is bad. */
    public String key() {
        return key;
    }
}
