package revcam.stream;

import java.util.ArrayList;
import java.util.List;
import revcam.api.engine.MediaEngineFactory;
import revcam.api.media.StageException;

/** The engines of bundles, and among them our own, which is no service and always there. No filter keeps it out. */
final class EngineProviders extends Providers<MediaEngineFactory> {

    /** Stands for our own stages, which nobody opens this way. */
    private static final MediaEngineFactory STAGES = request -> {
        throw new StageException(StageException.Reason.UNSUPPORTED, "it is made of stages");
    };

    /** Our own; what configuration and viewers call it is its name. */
    static final Candidate<MediaEngineFactory> OWN = new Candidate<>("revcam", "", "", STAGES, 0);

    /** Of the last answer, and what it was made of; null when it is not known. */
    private List<Candidate<MediaEngineFactory>> order;
    private List<Candidate<MediaEngineFactory>> orderOf;
    private Preference orderFor;

    EngineProviders() {
        super("engine", MediaEngineFactory.NAME);
    }

    static boolean isOwn(Candidate<MediaEngineFactory> candidate) {
        return candidate.factory() == STAGES;
    }

    /** Those of bundles, best first. */
    List<Candidate<MediaEngineFactory>> others() {
        return super.all();
    }

    @Override
    List<Candidate<MediaEngineFactory>> all() {
        List<Candidate<MediaEngineFactory>> all = new ArrayList<>(List.of(OWN));
        all.addAll(super.all());
        return all;
    }

    @Override
    boolean has(Candidate<?> candidate) {
        return candidate.factory() == STAGES || super.has(candidate);
    }

    @Override
    synchronized void forgetLists() {
        super.forgetLists();
        order = null;
        orderOf = null;
        orderFor = null;
    }

    /** Our own has its place where the preference names it, and stands before others where it says {@code *}. */
    @Override
    synchronized List<Candidate<MediaEngineFactory>> candidates(Preference preference) {
        List<Candidate<MediaEngineFactory>> others = super.candidates(preference);
        if (others != orderOf || preference != orderFor) {
            order = List.copyOf(order(preference, others));
            orderOf = others;
            orderFor = preference;
        }
        return order;
    }

    private static List<Candidate<MediaEngineFactory>> order(Preference preference, List<Candidate<MediaEngineFactory>> others) {
        List<Candidate<MediaEngineFactory>> order = new ArrayList<>();
        boolean named = preference.entries().stream().anyMatch(entry -> entry.name().equals(OWN.name()));
        for (Preference.Entry entry : preference.entries()) {
            boolean own = entry.name().equals(OWN.name()) || entry.isWildcard() && !named;
            if (own && !order.contains(OWN)) {
                order.add(OWN);
            }
            others.stream().filter(one -> entry.matches(one.name()) && !order.contains(one)).forEach(order::add);
        }
        return order;
    }
}
