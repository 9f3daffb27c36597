package revcam.bench;

import java.util.Map;

/**
 * What one run came to.
 *
 * @param figures by name, those that make sense for it
 * @param stepSeconds between two values of a series
 * @param series what is drawn over time, by name
 */
record Measured(Map<String, Double> figures, double stepSeconds, Map<String, double[]> series) {}
