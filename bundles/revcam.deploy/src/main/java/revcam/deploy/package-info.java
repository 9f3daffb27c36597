/**
 * Deployment: what arrives in the staging area is verified, resolved beside what runs, started on trial, and kept or taken
 * back. What is kept is listed in one file, from which the framework is filled again at the next start.
 */
package revcam.deploy;
