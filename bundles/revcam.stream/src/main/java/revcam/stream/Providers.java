package revcam.stream;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
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
class Providers<F> {

    /**
     * One provider that may serve.
     *
     * @param source what the preference says after the provider's name
     * @param revision counts the changes of the provider's own configuration; what it made before one is out of date
     */
    record Candidate<F>(String name, String source, String bundle, F factory, int revision) {

        boolean sameAs(Candidate<?> other) {
            return other != null && factory == other.factory && source.equals(other.source) && revision == other.revision;
        }

        /** Looked up several times a second: what a record brings along goes through method handles. */
        @Override
        public boolean equals(Object other) {
            return this == other || other instanceof Candidate<?> that && factory.equals(that.factory) && revision == that.revision
                    && name.equals(that.name) && source.equals(that.source) && bundle.equals(that.bundle);
        }

        @Override
        public int hashCode() {
            return 31 * name.hashCode() + source.hashCode();
        }

        /** As people write it. */
        String label() {
            return source.isEmpty() ? name : name + ":" + source;
        }
    }

    private static final class Entry<F> {
        final F factory;
        Map<String, Object> properties;
        int revision;

        Entry(F factory, Map<String, Object> properties) {
            this.factory = factory;
            this.properties = properties;
        }
    }

    private final String role;
    private final String nameProperty;
    private final Map<ServiceReference<?>, Entry<F>> present = new LinkedHashMap<>();
    private boolean over;
    /** Asked for several times a second, and the answer seldom another; null when it is not known. */
    private List<Candidate<F>> candidates;
    private Preference candidatesFor;
    private List<Candidate<F>> all; // likewise

    Providers(String role, String nameProperty) {
        this.role = role;
        this.nameProperty = nameProperty;
    }

    String role() {
        return role;
    }

    synchronized void bind(ServiceReference<?> reference, F factory) {
        if (!over) {
            forgetLists();
            present.put(reference, new Entry<>(factory, properties(reference)));
        }
    }

    /** Nobody asks any more: lets go of everyone, and takes nobody. */
    synchronized void end() {
        over = true;
        forgetLists();
        present.clear();
    }

    /** Its service properties changed: more than its ranking, and it has been configured anew. */
    synchronized void updated(ServiceReference<?> reference) {
        Entry<F> entry = present.get(reference);
        forgetLists();
        if (entry != null) {
            Map<String, Object> now = properties(reference);
            entry.revision += now.equals(entry.properties) ? 0 : 1;
            entry.properties = now;
        }
    }

    /** @return what was bound, or null */
    synchronized F unbind(ServiceReference<?> reference) {
        Entry<F> gone = present.remove(reference);
        forgetLists();
        return gone == null ? null : gone.factory;
    }

    /** Who is present has changed. Under this. */
    void forgetLists() {
        candidates = null;
        all = null;
    }

    synchronized boolean has(Candidate<?> candidate) {
        return present.values().stream().anyMatch(entry -> entry.factory == candidate.factory);
    }

    /** A provider's service property, a number or text that is one; 0 when it has none. */
    synchronized double number(F factory, String property) {
        for (Map.Entry<ServiceReference<?>, Entry<F>> one : present.entrySet()) {
            if (one.getValue().factory == factory) {
                Object value = one.getKey().getProperty(property);
                try {
                    return value == null ? 0 : Double.parseDouble(value.toString().strip());
                } catch (NumberFormatException e) {
                    return 0;
                }
            }
        }
        return 0;
    }

    /** In the text form that values compare by; arrays do not by themselves. */
    private static Map<String, Object> properties(ServiceReference<?> reference) {
        Map<String, Object> properties = new HashMap<>();
        String[] keys = reference.getPropertyKeys();
        for (String key : keys == null ? new String[0] : keys) {
            if (!key.equals("service.ranking")) {
                properties.put(key, Arrays.deepToString(new Object[] {reference.getProperty(key)}));
            }
        }
        return properties;
    }

    /** Everyone that is present, fit or not, best first. */
    synchronized List<Candidate<F>> all() {
        if (all == null) {
            all = ranked().stream().map(reference -> candidate(reference, "")).toList();
        }
        return all;
    }

    private List<ServiceReference<?>> ranked() {
        List<ServiceReference<?>> ranked = new ArrayList<>(present.keySet());
        ranked.sort(Comparator.<ServiceReference<?>>comparingInt(Providers::ranking)
                .thenComparing(reference -> reference.getBundle() == null
                        ? org.osgi.framework.Version.emptyVersion
                        : reference.getBundle().getVersion())
                .reversed());
        return ranked;
    }

    private Candidate<F> candidate(ServiceReference<?> reference, String source) {
        Entry<F> entry = present.get(reference);
        return new Candidate<>(name(reference), source, bundle(reference), entry.factory, entry.revision);
    }

    /** All that fit, best first. */
    synchronized List<Candidate<F>> candidates(Preference preference) {
        if (candidates == null || preference != candidatesFor && !preference.equals(candidatesFor)) {
            candidates = List.copyOf(choose(preference));
            candidatesFor = preference;
        }
        return candidates;
    }

    private List<Candidate<F>> choose(Preference preference) {
        List<ServiceReference<?>> ranked = ranked();
        List<Candidate<F>> result = new ArrayList<>();
        for (Preference.Entry entry : preference.entries()) {
            for (ServiceReference<?> reference : ranked) {
                String name = name(reference);
                // One provider may be named several times with different sources; "any other" is one not named yet.
                boolean taken = result.stream().anyMatch(c -> c.factory == present.get(reference).factory
                        && (entry.isWildcard() || c.source.equals(entry.source())));
                if (!taken && entry.matches(name)
                        && (preference.target() == null || preference.target().match(reference))) {
                    result.add(candidate(reference, entry.source()));
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

    private String name(ServiceReference<?> reference) {
        return String.valueOf(reference.getProperty(nameProperty));
    }

    private static int ranking(ServiceReference<?> reference) {
        return reference.getProperty("service.ranking") instanceof Integer ranking ? ranking : 0;
    }

    /** The provider's bundle, for logs; or what else is known of it. */
    static String describe(ServiceReference<?> reference) {
        String bundle = bundle(reference);
        return bundle.isEmpty() ? String.valueOf(reference) : bundle;
    }

    private static String bundle(ServiceReference<?> reference) {
        return reference.getBundle() == null ? ""
                : reference.getBundle().getSymbolicName() + " " + reference.getBundle().getVersion();
    }
}
