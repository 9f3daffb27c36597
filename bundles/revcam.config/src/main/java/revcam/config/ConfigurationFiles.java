package revcam.config;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.felix.fileinstall.ArtifactInstaller;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ConfigurationEvent;
import org.osgi.service.cm.SynchronousConfigurationListener;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.config.DurableFile;
import revcam.api.config.Settings;

/**
 * Keeps Configuration Admin and the configuration files the same. What holds is always {@link Merged}: the shipped files
 * of the directory {@code revcam.configs}, the user's in {@code local} below it, the options of this run. File Install
 * watches both directories and tells of changes; whoever else changes a configuration has the difference to the shipped
 * file written into the user's file before {@code Configuration.update} returns, which therefore blocks until it is on
 * the storage: not for threads of media.
 *
 * <p>Shipped files are never written. A file that is not whole changes nothing: what held goes on.
 */
@Component(service = {}, immediate = true)
public final class ConfigurationFiles implements ArtifactInstaller, SynchronousConfigurationListener {

    private static final Logger LOG = LoggerFactory.getLogger(ConfigurationFiles.class);

    private static final String SUFFIX = ".cfg";
    private static final String LOCAL = "local";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._~-]*");
    /** Shipped files are many and change with an upgrade; each look at them is a few calls to the kernel for every file. */
    private static final int SHIPPED_POLLS = 3;
    private static final String WATCHER = "org.apache.felix.fileinstall";
    /** Before File Install's own installer of .cfg files. */
    private static final int RANKING = 100;
    private static final String FILE_INSTALLED = "felix.fileinstall.filename";
    private static final long STOP_MILLIS = 2_000;

    /** One configuration, by the name that its files have in common. */
    private static final class Entry {
        final String name;
        final Path shippedPath;
        final Path localPath;
        /** As last read; null for none. */
        PropertyFile shipped;
        PropertyFile local;
        /** What the files held when they were last looked at or written; null when they were not there. */
        byte[] shippedSeen;
        byte[] localSeen;
        final Set<String> released = new HashSet<>();
        String pid;

        Entry(String name, Path shippedPath, Path localPath) {
            this.name = name;
            this.shippedPath = shippedPath;
            this.localPath = localPath;
        }
    }

    private final ConfigurationAdmin admin;
    private final BundleContext context;
    private final Path shipped;
    private final Path local;
    private final Backups backups;
    // All below: under this.
    private final Map<String, Entry> entries = new HashMap<>();
    private boolean applying;
    private ServiceRegistration<?> registration;

    @Activate
    public ConfigurationFiles(@Reference ConfigurationAdmin admin, BundleContext context) throws IOException {
        this.admin = admin;
        this.context = context;
        shipped = directory("revcam.configs").toRealPath();
        local = shipped.resolve(LOCAL);
        backups = new Backups(directory("revcam.state"), shipped);
        synchronized (this) {
            for (String name : names()) {
                Entry entry = entry(name);
                readAtStart(entry);
                apply(entry);
            }
        }
        registration = context.registerService(
                new String[] {ArtifactInstaller.class.getName(), SynchronousConfigurationListener.class.getName()},
                this, FrameworkUtil.asDictionary(Map.of(Constants.SERVICE_RANKING, RANKING)));
        long pollMillis = Long.parseLong(Objects.requireNonNullElse(context.getProperty("revcam.configs.poll"), "1000").strip());
        watch("configs", shipped, SHIPPED_POLLS * pollMillis);
        watch("configs.local", local, pollMillis);
    }

    @Deactivate
    void stop() throws InterruptedException {
        // Before this is gone: what it does not handle, File Install would, one file without the other.
        for (String name : List.of("configs", "configs.local")) {
            try {
                admin.getFactoryConfiguration(WATCHER, name, "?").delete();
            } catch (IOException | IllegalStateException e) {
                LOG.debug("{} was not watched", name, e);
            }
        }
        Set<String> watchers = Set.of("fileinstall-" + shipped, "fileinstall-" + local);
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (watchers.contains(thread.getName())) {
                thread.join(STOP_MILLIS);
            }
        }
        registration.unregister();
    }

    private Path directory(String property) {
        String value = context.getProperty(property);
        if (value == null) {
            throw new IllegalStateException("no property " + property + " says where configuration files are");
        }
        return Path.of(value);
    }

    private void watch(String name, Path directory, long pollMillis) throws IOException {
        Dictionary<String, Object> watcher = new Hashtable<>();
        watcher.put("felix.fileinstall.dir", directory.toString());
        watcher.put("felix.fileinstall.filter", "[^.].*\\.cfg");
        watcher.put("felix.fileinstall.subdir.mode", "skip");
        watcher.put("felix.fileinstall.tmpdir", Objects.requireNonNullElse(
                context.getProperty("felix.fileinstall.tmpdir"), System.getProperty("java.io.tmpdir")));
        watcher.put("felix.fileinstall.poll", Long.toString(pollMillis));
        // The shipped files were read just now and need not be again while everything starts.
        watcher.put("felix.fileinstall.noInitialDelay", Boolean.toString(directory.equals(local)));
        // It looks at every file each time anyway; this saves a thread, and finds a directory that is made later.
        watcher.put("felix.fileinstall.disableNio2", "true");
        // Else it warns that there is no directory "local", which is no fault.
        watcher.put("felix.fileinstall.log.level", "1");
        synchronized (this) {
            applying = true;
            try {
                admin.getFactoryConfiguration(WATCHER, name, "?").update(watcher);
            } finally {
                applying = false;
            }
        }
    }

    private Set<String> names() throws IOException {
        Set<String> names = new TreeSet<>();
        for (Path directory : List.of(shipped, local)) {
            try (Stream<Path> files = Files.list(directory)) {
                files.map(file -> file.getFileName().toString()).filter(ConfigurationFiles::isName).forEach(names::add);
            } catch (NoSuchFileException e) {
                // need not be there
            } catch (IOException | UncheckedIOException e) {
                LOG.error("cannot read the directory {} ({})", directory, e.toString());
            }
        }
        return names;
    }

    private static boolean isName(String file) {
        return file.endsWith(SUFFIX) && NAME.matcher(file.substring(0, file.length() - SUFFIX.length())).matches();
    }

    private Entry entry(String name) {
        return entries.computeIfAbsent(name, n -> new Entry(n, shipped.resolve(n), local.resolve(n)));
    }

    // --- from files -------------------------------------------------------------------------------------------------

    private void readAtStart(Entry entry) {
        entry.shippedSeen = read(entry.shippedPath);
        entry.localSeen = read(entry.localPath);
        entry.shipped = wholeAtStart(entry.shippedPath, entry.shippedSeen);
        entry.local = wholeAtStart(entry.localPath, entry.localSeen);
    }

    private PropertyFile wholeAtStart(Path file, byte[] content) {
        if (content == null) {
            return null;
        }
        try {
            return PropertyFile.parse(content);
        } catch (PropertyFile.Torn torn) {
            byte[] copy = backups.find(file);
            try {
                if (copy != null) {
                    PropertyFile kept = PropertyFile.parse(copy);
                    LOG.error("{} {}; the copy kept of its last good content is used. Correct the file, or delete it for "
                            + "the defaults", file, torn.getMessage());
                    return kept;
                }
            } catch (PropertyFile.Torn alsoTorn) {
                LOG.debug("the copy of {} {}", file, alsoTorn.getMessage());
            }
            LOG.error("{} {}, and there is no copy of it; defaults are used. Correct the file or delete it", file,
                    torn.getMessage());
            return null;
        }
    }

    /** Its bytes; none when it cannot be read, which is as good as torn; null when it is not there. */
    private static byte[] read(Path file) {
        // Not by a channel, which would fail under a watcher that is being stopped.
        try (InputStream in = new FileInputStream(file.toFile())) {
            return in.readAllBytes();
        } catch (IOException e) {
            if (Files.notExists(file)) {
                return null;
            }
            LOG.error("cannot read {} ({})", file, e.toString());
            return new byte[0];
        }
    }

    @Override
    public boolean canHandle(File artifact) {
        return isName(artifact.getName()) && (isIn(shipped, artifact) || isIn(local, artifact));
    }

    private static boolean isIn(Path directory, File file) {
        try {
            return directory.toFile().getCanonicalFile().equals(file.getParentFile().getCanonicalFile());
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void install(File artifact) {
        changed(artifact);
        sweep();
    }

    @Override
    public void update(File artifact) {
        changed(artifact);
    }

    @Override
    public void uninstall(File artifact) {
        changed(artifact);
    }

    /** Files that went after the start, and before File Install first looked, are not missed by it. */
    private synchronized void sweep() {
        for (Entry entry : List.copyOf(entries.values())) {
            if (entry.shippedSeen != null && Files.notExists(entry.shippedPath)) {
                changed(entry.shippedPath.toFile());
            }
            if (entry.localSeen != null && Files.notExists(entry.localPath)) {
                changed(entry.localPath.toFile());
            }
        }
    }

    private synchronized void changed(File artifact) {
        Entry entry = entry(artifact.getName());
        boolean isLocal = !isIn(shipped, artifact);
        Path path = isLocal ? entry.localPath : entry.shippedPath;
        byte[] content = read(path);
        byte[] seen = isLocal ? entry.localSeen : entry.shippedSeen;
        boolean isNews = !Arrays.equals(content, seen);
        PropertyFile file = null;
        if (content == null) {
            backups.forget(path);
        } else {
            try {
                file = PropertyFile.parse(content);
                backups.keep(path, content);
            } catch (PropertyFile.Torn torn) {
                if (isNews) {
                    LOG.error("{} {}; the last good configuration stays. Correct the file, or delete it for the defaults",
                            path, torn.getMessage());
                    remember(entry, isLocal, content);
                }
                return;
            }
        }
        if (isNews) {
            if (isLocal) {
                release(entry, file);
                entry.local = file;
            } else {
                entry.shipped = file;
            }
            remember(entry, isLocal, content);
            apply(entry);
        }
    }

    private static void remember(Entry entry, boolean isLocal, byte[] content) {
        if (isLocal) {
            entry.localSeen = content;
        } else {
            entry.shippedSeen = content;
        }
    }

    /** Whoever changes a key now knows better than the options that this run was started with. */
    private void release(Entry entry, PropertyFile changed) {
        if (entry.local == null && entry.localSeen != null) {
            // What was torn until now is corrected: that is no choice against an option.
            return;
        }
        for (String key : merged(entry).optionKeys()) {
            String before = entry.local == null ? null : entry.local.get(key);
            if (changed != null && changed.get(key) != null && !changed.get(key).equals(before)) {
                LOG.info("{}: {} holds from now on, in place of the option of this run", entry.localPath, key);
                entry.released.add(key);
            }
        }
    }

    private Merged merged(Entry entry) {
        return Merged.of(entry.shipped, entry.local, entry.released, this::variable);
    }

    private String variable(String name) {
        return name.startsWith("env:") ? System.getenv(name.substring(4)) : context.getProperty(name);
    }

    // --- to Configuration Admin -------------------------------------------------------------------------------------

    private void apply(Entry entry) {
        applying = true;
        try {
            if (entry.shipped == null && entry.local == null) {
                entries.remove(entry.name);
                Configuration[] there = entry.pid == null ? null : admin.listConfigurations(filter(entry.pid));
                if (there != null) {
                    there[0].delete();
                }
                return;
            }
            Merged merged = merged(entry);
            Hashtable<String, Object> properties = new Hashtable<>(merged.values());
            properties.put(Settings.FILE, (entry.shipped == null ? entry.localPath : entry.shippedPath).toString());
            properties.put(Settings.LOCAL_FILE, entry.localPath.toString());
            properties.put(Settings.LOCAL_KEYS, merged.localKeys().toArray(String[]::new));
            properties.put(Settings.OPTION_KEYS, merged.optionKeys().toArray(String[]::new));
            Configuration configuration = configuration(entry);
            entry.pid = configuration.getPid();
            if (!equal(properties, own(configuration.getProperties()))) {
                configuration.update(properties);
            }
        } catch (IOException | InvalidSyntaxException | IllegalStateException | IllegalArgumentException e) {
            LOG.error("{} cannot be handed over", entry.name, e);
        } finally {
            applying = false;
        }
    }

    private Configuration configuration(Entry entry) throws IOException {
        if (entry.pid != null) {
            return admin.getConfiguration(entry.pid, "?");
        }
        String base = entry.name.substring(0, entry.name.length() - SUFFIX.length());
        int split = base.indexOf('~') > 0 ? base.indexOf('~') : base.indexOf('-');
        return split > 0
                ? admin.getFactoryConfiguration(base.substring(0, split), base.substring(split + 1), "?")
                : admin.getConfiguration(base, "?");
    }

    private static String filter(String pid) {
        return "(" + Constants.SERVICE_PID + "=" + pid.replaceAll("[\\\\()*]", "\\\\$0") + ")";
    }

    /** Without what Configuration Admin itself adds, and File Install. */
    private static Map<String, Object> own(Dictionary<String, Object> properties) {
        Map<String, Object> own = new HashMap<>();
        if (properties != null) {
            for (String key : Collections.list(properties.keys())) {
                if (!key.startsWith("service.")) {
                    own.put(key, properties.get(key));
                }
            }
        }
        return own;
    }

    private static boolean equal(Map<String, Object> one, Map<String, Object> other) {
        return one.keySet().equals(other.keySet())
                && one.keySet().stream().allMatch(key -> Objects.deepEquals(one.get(key), other.get(key)));
    }

    // --- from Configuration Admin -----------------------------------------------------------------------------------

    @Override
    public synchronized void configurationEvent(ConfigurationEvent event) {
        if (applying || WATCHER.equals(event.getFactoryPid())) {
            return;
        }
        try {
            if (event.getType() == ConfigurationEvent.CM_UPDATED) {
                Configuration[] there = admin.listConfigurations(filter(event.getPid()));
                Entry entry = there == null ? null : entryOf(event);
                if (entry != null) {
                    entry.pid = event.getPid();
                    if (there[0].getProperties().get(FILE_INSTALLED) == null) {
                        takeOver(entry, own(there[0].getProperties()));
                    } else {
                        // File Install itself took a file for the whole; nobody wants that.
                        apply(entry);
                    }
                }
            } else if (event.getType() == ConfigurationEvent.CM_DELETED) {
                Entry entry = entryOf(event);
                if (entry != null) {
                    reset(entry);
                }
            }
        } catch (IOException | InvalidSyntaxException | RuntimeException e) {
            LOG.error("the change of {} will not survive a restart", event.getPid(), e);
        }
    }

    private Entry entryOf(ConfigurationEvent event) {
        String pid = event.getPid();
        for (Entry entry : entries.values()) {
            if (pid.equals(entry.pid)) {
                return entry;
            }
        }
        String factory = event.getFactoryPid();
        String name = pid;
        if (factory != null) {
            // Up to Core 7 a factory's configurations were named with a dot; Felix still names some so.
            String instance = pid.startsWith(factory) ? pid.substring(factory.length() + 1) : pid;
            name = factory + (factory.indexOf('-') < 0 ? "-" : "~") + instance;
        } else if (pid.indexOf('-') > 0 || pid.indexOf('~') > 0) {
            name = "";
        }
        if (!NAME.matcher(name).matches()) {
            LOG.error("the change of {} will not survive a restart: no file can have its name", pid);
            return null;
        }
        return entry(name + SUFFIX);
    }

    /** Somebody changed a configuration: what differs from the shipped file goes into the user's. */
    private void takeOver(Entry entry, Map<String, Object> wanted) {
        Merged before = merged(entry);
        PropertyFile file = entry.local == null ? PropertyFile.empty(header(entry)) : entry.local;
        Set<String> keys = new TreeSet<>(wanted.keySet());
        keys.addAll(file.keys());
        keys.removeIf(key -> key.startsWith(".revcam.config."));
        boolean isChanged = false;
        for (String key : keys) {
            Object value = wanted.get(key);
            Object base = before.shipped().get(key);
            boolean isOption = before.optionKeys().contains(key);
            if (isOption && (value == null || Value.same(value, base))) {
                continue;
            }
            if (value == null || base != null && Value.same(value, base)) {
                if (file.get(key) != null) {
                    file.remove(key);
                    isChanged = true;
                }
            } else if (!before.localKeys().contains(key) || !Value.same(value, before.values().get(key))) {
                String text = Value.encode(value, base != null);
                file.put(key, text);
                entry.released.add(key);
                isChanged = true;
                if (!Value.same(value, Value.decode(text, this::variable))) {
                    LOG.error("{}: this value of {} cannot be written into a file", entry.localPath, key);
                }
            }
        }
        if (isChanged) {
            entry.local = file;
            save(entry);
        }
        apply(entry);
    }

    private void save(Entry entry) {
        try {
            if (entry.local.isBlank(header(entry))) {
                DurableFile.delete(entry.localPath);
                entry.local = null;
                entry.localSeen = null;
            } else {
                byte[] content = entry.local.bytes();
                DurableFile.write(entry.localPath, content);
                entry.localSeen = content;
            }
        } catch (IOException e) {
            LOG.error("{} cannot be written ({}): the change is in effect and will not survive a restart. Make the directory "
                    + "writable and change the value again", entry.localPath, e.toString());
        }
    }

    /** Somebody deleted a configuration: the user's file goes, the shipped values are back. */
    private void reset(Entry entry) {
        try {
            DurableFile.delete(entry.localPath);
            entry.localSeen = null;
        } catch (IOException e) {
            LOG.error("{} cannot be deleted ({}): after a restart it counts again", entry.localPath, e.toString());
        }
        backups.forget(entry.localPath);
        entry.local = null;
        entry.released.clear();
        apply(entry);
    }

    private List<String> header(Entry entry) {
        return entry.shipped == null
                ? List.of("# Made while RevCam ran; see docs/configuration.md.", "")
                : List.of("# What differs from ../" + entry.name + ", which says what the values mean.", "");
    }
}
