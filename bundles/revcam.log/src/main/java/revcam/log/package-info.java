/** SLF4J's provider: readable lines on standard error. */
package revcam.log;
