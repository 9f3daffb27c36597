/**
 * An SSH server of RevCam's own, for machines without one: public keys only; files go into the staging area of deployment and
 * nowhere else; commands are RevCam's.
 */
package revcam.ssh;
