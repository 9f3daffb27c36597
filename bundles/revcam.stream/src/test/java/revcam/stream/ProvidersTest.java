package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.Version;

class ProvidersTest {

    private static final String NAME = "revcam.encoder";

    private final Providers<String> providers = new Providers<>("encoder", NAME);

    private ServiceReference<String> bind(String name, Integer ranking, String version, String factory) {
        Map<String, Object> properties = new HashMap<>(Map.of(NAME, name, "hardware", name.startsWith("v4l2")));
        if (ranking != null) {
            properties.put("service.ranking", ranking);
        }
        ServiceReference<String> reference = reference(properties, version);
        providers.bind(reference, factory);
        return reference;
    }

    @SuppressWarnings("unchecked")
    private static ServiceReference<String> reference(Map<String, Object> properties, String version) {
        Bundle bundle = (Bundle) Proxy.newProxyInstance(ProvidersTest.class.getClassLoader(),
                new Class<?>[] {Bundle.class}, (proxy, method, arguments) -> switch (method.getName()) {
                    case "getVersion" -> Version.parseVersion(version);
                    case "getSymbolicName" -> "revcam.test";
                    default -> throw new UnsupportedOperationException(method.getName());
                });
        return (ServiceReference<String>) Proxy.newProxyInstance(ProvidersTest.class.getClassLoader(),
                new Class<?>[] {ServiceReference.class}, (proxy, method, arguments) -> switch (method.getName()) {
                    case "getProperty" -> properties.get(arguments[0]);
                    case "getPropertyKeys" -> properties.keySet().toArray(String[]::new);
                    case "getBundle" -> bundle;
                    case "hashCode" -> System.identityHashCode(proxy);
                    case "equals" -> proxy == arguments[0];
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    private List<String> order(String preference) {
        return providers.candidates(Preference.parse(preference, null)).stream().map(Providers.Candidate::factory)
                .toList();
    }

    @Test
    void theConfiguredOrderComesBeforeRankingAndVersion() {
        bind("x264", 100, "2.0.0", "x264");
        bind("v4l2m2m", null, "1.0.0", "v4l2m2m");
        bind("openh264", 50, "1.0.0", "openh264");
        assertEquals(List.of("v4l2m2m", "x264", "openh264"), order("v4l2m2m, *"));
        assertEquals(List.of("openh264", "x264"), order("openh264, absent, x264"));
        assertEquals(List.of("x264", "openh264", "v4l2m2m"), order("*"));
    }

    @Test
    void theHigherRankingThenTheHigherVersionWinsWhateverTheOrderOfArrival() {
        List<String> expected = List.of("ranked", "new", "old", "last");
        for (boolean reversed : new boolean[] {false, true}) {
            Providers<String> fresh = new Providers<>("encoder", NAME);
            List<String> arrivals = new java.util.ArrayList<>(expected);
            if (reversed) {
                Collections.reverse(arrivals);
            }
            for (String factory : arrivals) {
                Map<String, Object> properties = new HashMap<>(Map.of(NAME, "x264"));
                properties.put("service.ranking", factory.equals("ranked") ? 1 : factory.equals("last") ? -1 : 0);
                fresh.bind(reference(properties, factory.equals("new") ? "1.10.0" : "1.9.0"), factory);
            }
            assertEquals(expected, fresh.candidates(Preference.parse("x264", null)).stream()
                    .map(Providers.Candidate::factory).toList());
        }
    }

    @Test
    void aRankingThatIsNoIntegerCountsAsZero() {
        Map<String, Object> properties = Map.of(NAME, "x264", "service.ranking", "1000");
        providers.bind(reference(properties, "1.0.0"), "text");
        bind("x264", 1, "1.0.0", "one");
        assertEquals(List.of("one", "text"), order("*"));
    }

    @Test
    void aFilterNarrowsTheChoice() throws Exception {
        bind("x264", 100, "1.0.0", "x264");
        bind("v4l2m2m", 0, "1.0.0", "v4l2m2m");
        Preference preference = Preference.parse("*", FrameworkUtil.createFilter("(hardware=true)"));
        assertEquals(List.of("v4l2m2m"),
                providers.candidates(preference).stream().map(Providers.Candidate::factory).toList());
        assertTrue(providers.missing(preference).contains("(hardware=true)"), providers.missing(preference));
    }

    @Test
    void aProviderNamedTwiceServesWithEitherSource() {
        bind("v4l2", 0, "1.0.0", "v4l2");
        bind("pattern", 0, "1.0.0", "pattern");
        List<Providers.Candidate<String>> candidates =
                providers.candidates(Preference.parse("v4l2:/dev/video0, v4l2:/dev/video2, *", null));
        assertEquals(List.of("/dev/video0", "/dev/video2", ""),
                candidates.stream().map(Providers.Candidate::source).toList());
        assertEquals("pattern", candidates.get(2).name(), "* is any other");
        assertFalse(candidates.get(0).sameAs(candidates.get(1)));
    }

    @Test
    void whatIsGoneIsNoCandidateAndWhatIsMissingIsSaid() {
        ServiceReference<String> reference = bind("x264", 0, "1.0.0", "x264");
        assertEquals("revcam.test 1.0.0", providers.candidates(Preference.parse("*", null)).get(0).bundle());
        Preference other = Preference.parse("v4l2m2m", null);
        assertEquals("no encoder fits 'v4l2m2m'; present: x264", providers.missing(other));
        providers.unbind(reference);
        assertEquals(List.of(), order("*"));
        assertTrue(providers.missing(other).contains("install a bundle"));
    }
}
