package revcam.stream;

import java.io.IOException;
import java.util.Dictionary;
import java.util.Hashtable;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import revcam.api.pipeline.RefusedException;

/** Writes a person's choice of stages where all configuration is, so that a swap is the same as an edited file. */
final class PreferenceStore {

    private final ConfigurationAdmin configurations;
    private final String pid;

    /** @param configurations null where there is none: then nothing is written */
    PreferenceStore(ConfigurationAdmin configurations, String pid) {
        this.configurations = configurations;
        this.pid = pid;
    }

    /**
     * Sets one key; may wait for a disk.
     *
     * @return false when there is nowhere to write to
     */
    boolean set(String key, String value) throws RefusedException {
        if (configurations == null) {
            return false;
        }
        try {
            Configuration configuration = configurations.getConfiguration(pid, null);
            Dictionary<String, Object> properties = configuration.getProperties();
            properties = properties == null ? new Hashtable<>() : properties;
            properties.put(key, value);
            configuration.update(properties);
            return true;
        } catch (IOException | IllegalStateException e) {
            throw new RefusedException("the choice cannot be written to the configuration " + pid + ": " + e.getMessage());
        }
    }
}
