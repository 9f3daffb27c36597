/** The harness of the browser tests and of the benchmark: the product and a Chromium, each as a process of its own. */
package revcam.browser;
