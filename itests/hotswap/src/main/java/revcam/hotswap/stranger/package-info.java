/**
 * What is inside the bundles of strangers that the tests build: stages that hand everything on to the product's own ones,
 * until they misbehave. Never used from here, but packed into jars, each of which is a bundle with a class loader of its
 * own.
 */
package revcam.hotswap.stranger;
