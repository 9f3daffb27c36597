/** Conformance tests of the seams: a provider's test class extends the one for its seam. JUnit 5. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("0.1.0")
package revcam.testkit;
