/** The page that people open: a WHEP player without framework or build step. */
package revcam.viewer;
