/** Deployment as somebody at another machine does it: what its tests share. */
package revcam.deployment;
