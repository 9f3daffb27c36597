/** Telemetry in InfluxDB's line protocol, sent over HTTP or UDP. */
package revcam.telemetry.influx;
