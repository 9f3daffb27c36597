package revcam.connectivity.ice4j;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * What ice4j is told before it is loaded. It has one configuration for the whole process, read once from system
 * properties; one that is set already, by -D, stays.
 */
final class Ice4jDefaults {

    /** Kept, for {@link java.util.logging} forgets the level of a logger that nobody holds. */
    private static final List<Logger> LOGGERS =
            List.of(Logger.getLogger("org.ice4j"), Logger.getLogger("org.jitsi"), Logger.getLogger("JitsiConfig"));

    static {
        // Asks 169.254.169.254, the metadata service of a cloud, and waits for it.
        set("ice4j.harvest.mapping.aws.enabled", "false");
        set("ice4j.harvest.use-link-local-addresses", "false");
        set("ice4j.harvest.timeout", "5 seconds");
        set("ice4j.software", "");
        set("ice4j.redact-remote-addresses", "true");
        // Follow the peer when it moves to another of the valid pairs.
        set("ice4j.send-to-last-received-from-address", "true");
        // Consent (RFC 7675), sharper than its 30 s: a viewer that vanishes is noticed within 10 s.
        set("ice4j.consent-freshness.interval", "3 seconds");
        set("ice4j.consent-freshness.original-wait-interval", "500 milliseconds");
        set("ice4j.consent-freshness.max-wait-interval", "500 milliseconds");
        set("ice4j.consent-freshness.max-retransmissions", "10");
        // Its warnings are about the everyday life of sockets; what matters to people, we say ourselves.
        LOGGERS.forEach(logger -> logger.setLevel(Level.SEVERE));
    }

    private Ice4jDefaults() {}

    /** Idempotent. */
    static void apply() {}

    private static void set(String key, String value) {
        System.getProperties().putIfAbsent(key, value);
    }
}
