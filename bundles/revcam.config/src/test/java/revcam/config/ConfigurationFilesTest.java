package revcam.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ConfigurationEvent;
import revcam.api.config.Settings;

/** One life after another over the same directories, with a Configuration Admin that forgets, as the product's does. */
class ConfigurationFilesTest {

    private static final String WEB = """
            # The web server.

            # Where to listen.
            listen = ${revcam.listen:-0.0.0.0}
            # TCP port.
            port = ${revcam.port:-8080}
            threads = 8
            directory = ${revcam.state}/web
            """;

    @TempDir
    private Path directory;

    private Path configs;
    private final Map<String, String> properties = new HashMap<>();
    private FakeAdmin admin;
    private ConfigurationFiles files;

    @BeforeEach
    void firstLife() throws IOException {
        configs = Files.createDirectory(directory.resolve("configs")).toRealPath();
        properties.put("revcam.configs", configs.toString());
        properties.put("revcam.state", directory.resolve("state").toString());
        write("web.cfg", WEB);
        start();
    }

    @Test
    void theUsersFileIsOverTheShippedOneAndOptionsAreOverBoth() throws IOException {
        assertEquals(Map.of("listen", "0.0.0.0", "port", "8080", "threads", "8",
                "directory", properties.get("revcam.state") + "/web"), values("web"));
        write("local/web.cfg", "port = 9000\nthreads = 4\ndirectory = /srv\n");
        assertEquals("9000", values("web").get("port"));
        properties.put("revcam.port", "0");
        start();
        assertEquals("0", values("web").get("port"), "the option of this run");
        assertEquals("4", values("web").get("threads"));
        assertEquals("/srv", values("web").get("directory"), "a place is no option");
        Dictionary<String, Object> all = admin.configurations.get("web").properties;
        assertEquals(configs.resolve("local/web.cfg").toString(), all.get(Settings.LOCAL_FILE));
        assertEquals(List.of("directory", "threads"), List.of((String[]) all.get(Settings.LOCAL_KEYS)));
        assertEquals(List.of("port"), List.of((String[]) all.get(Settings.OPTION_KEYS)));
    }

    @Test
    void anOptionHoldsUntilSomebodyChangesTheKey() throws IOException {
        properties.put("revcam.port", "0");
        write("local/web.cfg", "port = 9000\n");
        start();
        write("local/web.cfg", "port = 9000\nthreads = 4\n");
        assertEquals("0", values("web").get("port"), "another key was changed");
        write("local/web.cfg", "port = 9001\nthreads = 4\n");
        assertEquals("9001", values("web").get("port"));
        update("web", "port", 9002);
        assertEquals("9002", values("web").get("port"));
        Files.delete(configs.resolve("local/web.cfg"));
        files.uninstall(configs.resolve("local/web.cfg").toFile());
        assertEquals("0", values("web").get("port"));
    }

    @Test
    void aFormThatRepeatsWhatAnOptionSaysLeavesTheUsersChoiceAlone() throws IOException {
        properties.put("revcam.port", "0");
        write("local/web.cfg", "port = 9000\n");
        start();
        update("web", "threads", 4);
        properties.remove("revcam.port");
        start();
        assertEquals("9000", values("web").get("port"));
        assertEquals("4", values("web").get("threads"));
    }

    @Test
    void whatIsChangedElsewhereIsKeptInTheUsersFileAlone() throws IOException {
        update("web", "port", 9000);
        assertEquals(WEB, read("web.cfg"));
        String local = read("local/web.cfg");
        assertTrue(local.endsWith("\nport = 9000\n") && local.startsWith("# What differs from ../web.cfg"), local);
        assertEquals("rw-------", PosixFilePermissions.toString(
                Files.getPosixFilePermissions(configs.resolve("local/web.cfg"))));

        write("local/web.cfg", "# mine\n\n# because\nport = 9000\n");
        int updates = admin.updates;
        files.update(configs.resolve("local/web.cfg").toFile());
        assertEquals(updates, admin.updates, "nothing to tell");
        update("web", "threads", 3);
        assertEquals("# mine\n\n# because\nport = 9000\nthreads = 3\n", read("local/web.cfg"));
        start();
        assertEquals("9000", values("web").get("port"));
        assertEquals("3", values("web").get("threads"));

        update("web", "threads", 8);
        update("web", "port", "8080");
        assertEquals("# mine\n\n# because\n", read("local/web.cfg"), "back to the shipped values");
    }

    @Test
    void keysThatAFormDropsStayAndAnEmptiedFileGoes() throws IOException {
        Dictionary<String, Object> form = new Hashtable<>(Map.of("port", 9000));
        admin.configurations.get("web").update(form);
        assertEquals("0.0.0.0", values("web").get("listen"));
        assertEquals("9000", values("web").get("port"));
        update("web", "port", 8080);
        assertFalse(Files.exists(configs.resolve("local/web.cfg")));
    }

    @Test
    void deletingAConfigurationRestoresTheShippedValues() throws IOException {
        update("web", "port", 9000);
        admin.configurations.get("web").delete();
        assertEquals("8080", values("web").get("port"));
        assertFalse(Files.exists(configs.resolve("local/web.cfg")));
        start();
        assertEquals("8080", values("web").get("port"));
    }

    @Test
    void aFactoryInstanceMayExistInTheUsersFilesOnly() throws IOException {
        write("local/stream-garden.cfg", "fps = 15\n");
        assertEquals("15", values("stream~garden").get("fps"));
        FakeConfiguration made = new FakeConfiguration("stream~4f-e2", "stream");
        admin.configurations.put(made.pid, made);
        made.update(new Hashtable<>(Map.of("fps", 5)));
        assertTrue(read("local/stream-4f-e2.cfg").endsWith("fps = I\"5\"\n"));
        start();
        assertEquals(5, values("stream~4f-e2").get("fps"));
        admin.configurations.get("stream~4f-e2").delete();
        assertFalse(Files.exists(configs.resolve("local/stream-4f-e2.cfg")));
        assertNull(admin.configurations.get("stream~4f-e2"));
        Files.delete(configs.resolve("local/stream-garden.cfg"));
        files.uninstall(configs.resolve("local/stream-garden.cfg").toFile());
        assertNull(admin.configurations.get("stream~garden"));
    }

    @Test
    void aTornFileChangesNothingAndAtTheNextStartItsCopyHolds() throws IOException {
        write("local/web.cfg", "listen = 127.0.0.1\nthreads = 4\n");
        files.install(configs.resolve("web.cfg").toFile());
        for (String torn : List.of("", "listen = 127.0", "\0\0\0\0\0\0", "listen = 127.0.0.1\nthre", "listen\n", "?%&\n")) {
            for (String file : List.of("local/web.cfg", "web.cfg")) {
                String whole = read(file);
                write(file, torn);
                assertEquals("127.0.0.1", values("web").get("listen"), file + " <- " + torn);
                assertEquals("4", values("web").get("threads"));
                assertEquals("8080", values("web").get("port"));
                start();
                assertEquals("127.0.0.1", values("web").get("listen"), file + " <- " + torn + ", restarted");
                assertEquals("8080", values("web").get("port"));
                write(file, whole);
            }
        }
    }

    @Test
    void withoutACopyATornFileCountsForNothing() throws IOException {
        Files.createDirectories(configs.resolve("local"));
        Files.writeString(configs.resolve("local/web.cfg"), "listen = 127.0.0.1\nport = 90");
        start();
        assertEquals("0.0.0.0", values("web").get("listen"));
        assertEquals("8080", values("web").get("port"));
        Files.writeString(configs.resolve("web.cfg"), "listen = ${revcam.lis");
        Files.writeString(configs.resolve("local/web.cfg"), "port = 90\n");
        start();
        assertEquals(Map.of("port", "90"), values("web"), "the component's own defaults hold for the rest");
    }

    @Test
    void aDamagedCopyIsNotUsed() throws IOException {
        write("local/web.cfg", "listen = 127.0.0.1\n");
        Path copy;
        try (var all = Files.walk(directory.resolve("state"))) {
            copy = all.filter(file -> file.endsWith("local/web.cfg")).findFirst().orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(copy);
        bytes[bytes.length - 3] ^= 1;
        Files.write(copy, bytes);
        Files.write(configs.resolve("local/web.cfg"), new byte[0]);
        start();
        assertEquals("0.0.0.0", values("web").get("listen"));
    }

    @Test
    void aChangeOfATornFileWritesAWholeOne() throws IOException {
        write("local/web.cfg", "# mine\nlisten = 127.0.0.1\n");
        write("local/web.cfg", "");
        update("web", "threads", 2);
        assertEquals("# mine\nlisten = 127.0.0.1\nthreads = 2\n", read("local/web.cfg"));
    }

    @Test
    void whatCannotBeWrittenIsInEffectAllTheSame() throws IOException {
        // A file where the directory should be: it works for root, too.
        Files.writeString(configs.resolve("local"), "in the way");
        start();
        update("web", "port", 9000);
        assertEquals("9000", values("web").get("port"));
        files.install(configs.resolve("web.cfg").toFile());
        assertEquals("9000", values("web").get("port"));
        start();
        assertEquals("8080", values("web").get("port"));
    }

    // --- the framework's part ---------------------------------------------------------------------------------------

    private void start() throws IOException {
        admin = new FakeAdmin();
        BundleContext context = proxy(BundleContext.class, (method, arguments) -> switch (method) {
            case "getProperty" -> properties.get((String) arguments[0]);
            case "registerService" -> proxy(ServiceRegistration.class, (unregister, none) -> null);
            default -> throw new UnsupportedOperationException(method);
        });
        files = new ConfigurationFiles(admin.service, context);
        admin.listener = files;
    }

    /** Writes as an editor does, and looks at it as File Install does. */
    private void write(String name, String content) throws IOException {
        Path file = configs.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
        if (files != null) {
            files.update(file.toFile());
        }
    }

    private String read(String name) throws IOException {
        return Files.readString(configs.resolve(name), StandardCharsets.UTF_8);
    }

    /** As a form does: all values of before, and one that is new. */
    private void update(String pid, String key, Object value) throws IOException {
        FakeConfiguration configuration = admin.configurations.get(pid);
        Hashtable<String, Object> changed = new Hashtable<>(values(pid));
        changed.put(key, value);
        configuration.update(changed);
    }

    private Map<String, Object> values(String pid) {
        Map<String, Object> values = new LinkedHashMap<>();
        Dictionary<String, Object> all = admin.configurations.get(pid).properties;
        for (String key : Collections.list(all.keys())) {
            if (!key.startsWith(".")) {
                values.put(key, all.get(key));
            }
        }
        return values;
    }

    private final class FakeAdmin {
        final Map<String, FakeConfiguration> configurations = new HashMap<>();
        ConfigurationFiles listener;
        int updates;
        final ConfigurationAdmin service = proxy(ConfigurationAdmin.class, (method, arguments) -> switch (method) {
            case "getConfiguration" -> of((String) arguments[0], null).service;
            case "getFactoryConfiguration" -> of(arguments[0] + "~" + arguments[1], (String) arguments[0]).service;
            case "listConfigurations" -> {
                String filter = (String) arguments[0];
                FakeConfiguration found = configurations.get(filter.substring("(service.pid=".length(), filter.length() - 1));
                yield found == null || found.properties == null ? null : new Configuration[] {found.service};
            }
            default -> throw new UnsupportedOperationException(method);
        });

        FakeConfiguration of(String pid, String factoryPid) {
            return configurations.computeIfAbsent(pid, p -> new FakeConfiguration(p, factoryPid));
        }

        @SuppressWarnings("unchecked")
        void tell(FakeConfiguration configuration, int type) {
            if (listener != null) {
                listener.configurationEvent(new ConfigurationEvent(proxy(ServiceReference.class, (m, a) -> null), type,
                        configuration.factoryPid, configuration.pid));
            }
        }
    }

    private final class FakeConfiguration {
        final String pid;
        final String factoryPid;
        final Configuration service;
        Dictionary<String, Object> properties;

        @SuppressWarnings("unchecked")
        FakeConfiguration(String pid, String factoryPid) {
            this.pid = pid;
            this.factoryPid = factoryPid;
            service = proxy(Configuration.class, (method, arguments) -> {
                switch (method) {
                    case "getPid" -> {
                        return pid;
                    }
                    case "getProperties" -> {
                        return properties;
                    }
                    case "update" -> update((Dictionary<String, Object>) arguments[0]);
                    case "delete" -> delete();
                    default -> throw new UnsupportedOperationException(method);
                }
                return null;
            });
        }

        void update(Dictionary<String, Object> changed) {
            Hashtable<String, Object> copy = new Hashtable<>();
            Collections.list(changed.keys()).forEach(key -> copy.put(key, changed.get(key)));
            properties = copy;
            admin.updates++;
            admin.tell(this, ConfigurationEvent.CM_UPDATED);
        }

        void delete() {
            admin.configurations.remove(pid);
            admin.tell(this, ConfigurationEvent.CM_DELETED);
        }
    }

    private interface Call {
        Object answer(String method, Object[] arguments);
    }

    private static <T> T proxy(Class<T> type, Call call) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type},
                (self, method, arguments) -> call.answer(method.getName(), arguments)));
    }
}
