/** The web server on the JDK's own implementation. */
package revcam.http.server;
