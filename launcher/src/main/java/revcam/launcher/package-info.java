/** The program's entry: starts the OSGi framework with the bundles of one folder after the other. */
package revcam.launcher;
