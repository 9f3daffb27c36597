package revcam.packaging;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import revcam.api.encoder.EncodedSink;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.media.FrameRate;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;

/** x264, which after its first two pictures never comes back from a call: a driver that has lost its device. */
public final class HangingEncoder implements VideoEncoderFactory {

    private static final int GOOD_PICTURES = 2;

    private volatile VideoEncoderFactory original;

    /** Called by Declarative Services. */
    public void setOriginal(VideoEncoderFactory x264) {
        original = x264;
    }

    @Override
    public String codec() {
        return original.codec();
    }

    @Override
    public VideoEncoder open(EncoderRequest request, EncodedSink sink) throws StageException {
        VideoEncoder x264 = original.open(request, sink);
        return new VideoEncoder() {

            private int pictures;

            @Override
            public int maxInFlight() {
                return x264.maxInFlight();
            }

            @Override
            public void encode(RawFrame frame, boolean keyframe) {
                while (pictures >= GOOD_PICTURES) {
                    try {
                        Thread.sleep(Long.MAX_VALUE);
                    } catch (InterruptedException e) {
                        // native code would not notice either
                    }
                }
                pictures++;
                x264.encode(frame, keyframe);
            }

            @Override
            public void setRate(long bitrateBps, FrameRate rate) {
                x264.setRate(bitrateBps, rate);
            }

            @Override
            public void close() {
                x264.close();
            }
        };
    }

    /** Writes the bundle that offers it as {@code hanging}. */
    static void writeBundle(Path jar) throws IOException {
        Manifest manifest = new Manifest();
        Attributes headers = manifest.getMainAttributes();
        headers.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        headers.putValue("Bundle-ManifestVersion", "2");
        headers.putValue("Bundle-SymbolicName", "revcam.packaging.hanging");
        headers.putValue("Bundle-Version", "1.0.0");
        headers.putValue("Import-Package", "revcam.api.encoder, revcam.api.media");
        headers.putValue("Service-Component", "OSGI-INF/hanging.xml");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            for (Class<?> part : new Class<?>[] {HangingEncoder.class, Class.forName(HangingEncoder.class.getName() + "$1")}) {
                String entry = part.getName().replace('.', '/') + ".class";
                out.putNextEntry(new ZipEntry(entry));
                try (InputStream in = HangingEncoder.class.getClassLoader().getResourceAsStream(entry)) {
                    in.transferTo(out);
                }
            }
            out.putNextEntry(new ZipEntry("OSGI-INF/hanging.xml"));
            out.write("""
                    <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="revcam.packaging.hanging">
                      <implementation class="revcam.packaging.HangingEncoder"/>
                      <service><provide interface="revcam.api.encoder.VideoEncoderFactory"/></service>
                      <property name="revcam.encoder" type="String" value="hanging"/>
                      <reference name="x264" interface="revcam.api.encoder.VideoEncoderFactory" target="(revcam.encoder=x264)"
                          bind="setOriginal"/>
                    </scr:component>
                    """.getBytes(StandardCharsets.UTF_8));
        } catch (ClassNotFoundException e) {
            throw new IOException(e);
        }
    }
}
