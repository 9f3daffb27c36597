/** How the machine is: processor, memory, temperature, as telemetry. */
package revcam.health;
