package revcam.linklab;

import java.io.IOException;
import java.lang.annotation.Annotation;
import java.lang.reflect.Constructor;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.jar.JarFile;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.congestion.RateLimits;

/** The controllers that there are, by the name that configuration knows them by; each run has a factory of its own. */
final class Controllers {

    /** A plug-in that cannot be used; the message says why. */
    static final class BadPlugin extends Exception {
        BadPlugin(String message, Throwable cause) {
            super(message, cause);
        }
    }

    private static final String[] OURS = {"fixed", "gcc", "scream", "nada"};
    /** What does not adapt runs at this rate instead of where adaptive ones begin. */
    private static final long FIXED_BPS = 1_000_000;

    private Controllers() {}

    static boolean adaptive(String name) {
        return !name.equals("fixed");
    }

    /** Ours, as far as they are on the class path. */
    static Map<String, Supplier<CongestionControllerFactory>> ours() {
        Map<String, Supplier<CongestionControllerFactory>> found = new LinkedHashMap<>();
        for (String name : OURS) {
            String type = "revcam.congestion." + name + "." + Character.toUpperCase(name.charAt(0)) + name.substring(1)
                    + "ControllerFactory";
            try {
                Supplier<CongestionControllerFactory> each = instances(Class.forName(type));
                found.put(name, adaptive(name) ? each : () -> fixed(each.get()));
            } catch (ClassNotFoundException e) {
                continue;
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("cannot make a " + type, e);
            }
        }
        return found;
    }

    private static CongestionControllerFactory fixed(CongestionControllerFactory factory) {
        return (now, limits, seed) -> {
            long bps = limits.clamp(FIXED_BPS);
            return factory.open(now, new RateLimits(limits.minBps(), bps, bps), seed);
        };
    }

    /**
     * Those of a bundle: what its component descriptions (OSGI-INF/*.xml) publish. Its classes are loaded beside the
     * laboratory's and stay.
     */
    static Map<String, Supplier<CongestionControllerFactory>> ofBundle(Path jar) throws BadPlugin {
        if (!Files.isReadable(jar)) {
            throw new BadPlugin("there is no readable file " + jar, null);
        }
        Map<String, Supplier<CongestionControllerFactory>> found = new TreeMap<>();
        try (JarFile file = new JarFile(jar.toFile())) {
            ClassLoader loader =
                    new URLClassLoader(new URL[] {jar.toUri().toURL()}, Controllers.class.getClassLoader());
            for (var entry : file.stream().filter(e -> e.getName().matches("OSGI-INF/[^/]+\\.xml")).toList()) {
                DocumentBuilderFactory parsers = DocumentBuilderFactory.newInstance();
                parsers.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
                Document description = parsers.newDocumentBuilder().parse(file.getInputStream(entry));
                String provides = attribute(description, "provide", "interface");
                if (!provides.equals(CongestionControllerFactory.class.getName())) {
                    continue;
                }
                String type = attribute(description, "implementation", "class");
                found.put(name(description, jar), instances(Class.forName(type, true, loader)));
            }
        } catch (IOException | SAXException | ParserConfigurationException | ReflectiveOperationException
                | LinkageError e) {
            throw new BadPlugin(jar + " cannot be used: " + e, e);
        }
        if (found.isEmpty()) {
            throw new BadPlugin(jar + " has no component that provides " + CongestionControllerFactory.class.getName()
                    + "; is it a bundle built with bnd?", null);
        }
        return found;
    }

    private static String attribute(Document document, String element, String attribute) {
        NodeList elements = document.getElementsByTagName(element);
        return elements.getLength() == 0 ? "" : ((Element) elements.item(0)).getAttribute(attribute);
    }

    private static String name(Document description, Path jar) throws BadPlugin {
        NodeList properties = description.getElementsByTagName("property");
        for (int i = 0; i < properties.getLength(); i++) {
            Element property = (Element) properties.item(i);
            if (property.getAttribute("name").equals(CongestionControllerFactory.NAME)) {
                return property.getAttribute("value");
            }
        }
        throw new BadPlugin(jar + ": its component lacks the property " + CongestionControllerFactory.NAME, null);
    }

    /** A factory for each run, so that runs share nothing; made once at first, to know that it can be. */
    private static Supplier<CongestionControllerFactory> instances(Class<?> type) throws ReflectiveOperationException {
        instance(type);
        return () -> {
            try {
                return instance(type);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("cannot make another " + type.getName(), e);
            }
        };
    }

    /** As declarative services would: with no parameters, or with the defaults of its configuration. */
    private static CongestionControllerFactory instance(Class<?> type) throws ReflectiveOperationException {
        for (Constructor<?> constructor : type.getConstructors()) {
            Class<?>[] parameters = constructor.getParameterTypes();
            if (parameters.length == 0) {
                return (CongestionControllerFactory) constructor.newInstance();
            }
            if (parameters.length == 1 && parameters[0].isAnnotation()) {
                return (CongestionControllerFactory) constructor.newInstance(defaults(parameters[0]));
            }
        }
        throw new NoSuchMethodException(type.getName() + " has neither a constructor without parameters nor one that "
                + "takes a configuration annotation");
    }

    private static Object defaults(Class<?> configuration) {
        return Proxy.newProxyInstance(configuration.getClassLoader(), new Class<?>[] {configuration},
                (proxy, method, arguments) -> method.getDeclaringClass() == Annotation.class
                        && method.getName().equals("annotationType") ? configuration : method.getDefaultValue());
    }
}
