package revcam.stream;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.osgi.framework.ServiceReference;

/**
 * The providers of one stage that are there now. bind and unbind come on any thread; the loops ask for the candidates.
 * Order is configuration's, then the service ranking's, then the bundle version's: never the order of arrival.
 *
 * @param <F> the seam's factory
 */
final class Providers<F> {

    /**
     * One provider that may serve.
     *
     * @param source what the preference says after the provider's name
     */
    record Candidate<F>(String name, String source, String bundle, F factory) {

        boolean sameAs(Candidate<F> other) {
            return other != null && factory == other.factory && source.equals(other.source);
        }
    }

    private final String role;
    private final String nameProperty;
    private final Map<ServiceReference<F>, F> present = new LinkedHashMap<>();

    Providers(String role, String nameProperty) {
        this.role = role;
        this.nameProperty = nameProperty;
    }

    String role() {
        return role;
    }

    synchronized void bind(ServiceReference<F> reference, F factory) {
        present.put(reference, factory);
    }

    synchronized void unbind(ServiceReference<F> reference) {
        present.remove(reference);
    }

    synchronized boolean isPresent(F factory) {
        return present.containsValue(factory);
    }

    /** All that fit, best first. */
    synchronized List<Candidate<F>> candidates(Preference preference) {
        List<ServiceReference<F>> ranked = new ArrayList<>(present.keySet());
        ranked.sort(Comparator.<ServiceReference<F>>comparingInt(Providers::ranking)
                .thenComparing(reference -> reference.getBundle() == null
                        ? org.osgi.framework.Version.emptyVersion
                        : reference.getBundle().getVersion())
                .reversed());
        List<Candidate<F>> result = new ArrayList<>();
        for (Preference.Entry entry : preference.entries()) {
            for (ServiceReference<F> reference : ranked) {
                String name = name(reference);
                // One provider may be named several times with different sources; "any other" is one not named yet.
                boolean taken = result.stream().anyMatch(c -> c.factory == present.get(reference)
                        && (entry.isWildcard() || c.source.equals(entry.source())));
                if (!taken && entry.matches(name)
                        && (preference.target() == null || preference.target().match(reference))) {
                    result.add(new Candidate<>(name, entry.source(), bundle(reference), present.get(reference)));
                }
            }
        }
        return result;
    }

    /** Why there is no candidate, for a person. */
    synchronized String missing(Preference preference) {
        List<String> names = present.keySet().stream().map(this::name).sorted().toList();
        return "no " + role + " fits '" + preference + "'; present: "
                + (names.isEmpty() ? "none, install a bundle that provides one" : String.join(", ", names));
    }

    private String name(ServiceReference<F> reference) {
        return String.valueOf(reference.getProperty(nameProperty));
    }

    private static int ranking(ServiceReference<?> reference) {
        return reference.getProperty("service.ranking") instanceof Integer ranking ? ranking : 0;
    }

    private static String bundle(ServiceReference<?> reference) {
        return reference.getBundle() == null ? ""
                : reference.getBundle().getSymbolicName() + " " + reference.getBundle().getVersion();
    }
}
