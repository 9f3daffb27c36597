/** The configuration files, and how they and Configuration Admin stay the same. */
package revcam.config;
