/** What the tests of the Debian package share: a system to install it in, and an encoder that hangs. */
package revcam.packaging;
