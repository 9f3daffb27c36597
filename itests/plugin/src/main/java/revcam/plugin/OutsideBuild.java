package revcam.plugin;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import revcam.browser.Product;

/**
 * The example, copied out of the repository and built by a Maven of its own. The local repository is a new one that holds
 * what {@code mvn install} of RevCam would put there, and nothing else; libraries come from the one of the build that runs
 * this, so nothing is downloaded that is there.
 */
final class OutsideBuild {

    static final Path EXAMPLE = Product.root().resolve("docs/examples/mosaic");

    private static final long BOUND_SECONDS = 300;
    private static final String VERSION = "0.1.0-SNAPSHOT";

    private final Path project;
    private final Path repository;
    private final Path settings;

    OutsideBuild(Path directory) throws IOException {
        project = directory.resolve("mosaic");
        repository = directory.resolve("repository");
        settings = directory.resolve("settings.xml");
        copy(EXAMPLE, project);
        install("revcam", Path.of("pom.xml"), null);
        install("revcam.api", Path.of("bundles/revcam.api/pom.xml"), Path.of("bundles/revcam.api/target"));
        install("revcam.testkit", Path.of("itests/revcam.testkit/pom.xml"), Path.of("itests/revcam.testkit/target"));
        String url = Path.of(System.getProperty("revcam.repository")).toUri().toString();
        String local = "<id>outer</id><url>" + url + "</url><releases><checksumPolicy>ignore</checksumPolicy></releases>"
                + "<snapshots><enabled>false</enabled></snapshots>";
        Files.writeString(settings, "<settings><profiles><profile><id>outer</id><repositories><repository>" + local
                + "</repository></repositories><pluginRepositories><pluginRepository>" + local
                + "</pluginRepository></pluginRepositories></profile></profiles>"
                + "<activeProfiles><activeProfile>outer</activeProfile></activeProfiles></settings>");
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(file -> !from.relativize(file).startsWith("target")).toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy);
                }
            }
        }
    }

    private void install(String artifact, Path pom, Path target) throws IOException {
        String name = artifact + "-" + VERSION;
        Path directory = Files.createDirectories(repository.resolve("revcam").resolve(artifact).resolve(VERSION));
        Files.copy(Product.root().resolve(pom), directory.resolve(name + ".pom"));
        if (target != null) {
            Files.copy(Product.root().resolve(target).resolve(name + ".jar"), directory.resolve(name + ".jar"));
        }
    }

    /**
     * {@code mvn verify}, which runs the example's conformance test, too.
     *
     * @return the bundle
     */
    Path build() throws IOException, InterruptedException {
        File log = project.resolveSibling("mvn.log").toFile();
        ProcessBuilder builder = new ProcessBuilder(List.of("mvn", "-B", "-s", settings.toString(),
                "-Dmaven.repo.local=" + repository, "verify"))
                .directory(project.toFile()).redirectErrorStream(true).redirectOutput(log);
        // What suits a JVM that lives for seconds.
        builder.environment().merge("MAVEN_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
                (given, ours) -> given + " " + ours);
        Process maven = builder.start();
        if (!maven.waitFor(BOUND_SECONDS, TimeUnit.SECONDS) || maven.exitValue() != 0) {
            maven.destroy();
            throw new IOException("mvn verify of the example failed:\n" + Files.readString(log.toPath()));
        }
        return project.resolve("target/com.example.mosaic-1.0.0.jar");
    }
}
