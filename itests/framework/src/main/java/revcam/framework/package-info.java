/** Tests that run as a bundle beside the product's. */
package revcam.framework;
