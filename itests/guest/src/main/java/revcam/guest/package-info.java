/**
 * What runs inside the guest: each class is selected by name in {@code src/test/resources/main}, and its results are taken
 * over by the test on the host.
 */
package revcam.guest;
