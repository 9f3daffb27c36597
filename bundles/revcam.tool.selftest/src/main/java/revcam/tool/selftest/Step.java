package revcam.tool.selftest;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What came of one step.
 *
 * @param subject what was tried, such as {@code x264}
 * @param said what was seen, or why not, for a person
 * @param figures by name with unit, such as {@code open_ms}
 */
record Step(String subject, String name, Outcome outcome, String said, Map<String, Number> figures) {

    enum Outcome {
        PASS("pass"), FAIL("FAIL"), SKIPPED("skipped");

        private final String word;

        Outcome(String word) {
            this.word = word;
        }

        @Override
        public String toString() {
            return word;
        }
    }

    /** An outcome before it is known of what. */
    record Verdict(Outcome outcome, String said, Map<String, Number> figures) {

        static Verdict pass(String said) {
            return new Verdict(Outcome.PASS, said, new LinkedHashMap<>());
        }

        static Verdict fail(String said) {
            return new Verdict(Outcome.FAIL, said, new LinkedHashMap<>());
        }

        static Verdict skipped(String said) {
            return new Verdict(Outcome.SKIPPED, said, new LinkedHashMap<>());
        }

        Verdict figure(String name, Number value) {
            figures.put(name, value);
            return this;
        }
    }
}
