/** Telemetry for Prometheus, which fetches it from the web server. */
package revcam.telemetry.prometheus;
