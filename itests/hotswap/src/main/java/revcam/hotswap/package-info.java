/** Tests that replace stages by real bundles, good and bad, while a viewer counts what arrives. */
package revcam.hotswap;
