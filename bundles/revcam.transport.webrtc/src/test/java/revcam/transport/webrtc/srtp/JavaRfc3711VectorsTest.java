package revcam.transport.webrtc.srtp;

class JavaRfc3711VectorsTest extends Rfc3711VectorsConformance {

    JavaRfc3711VectorsTest() {
        super(JavaCiphers.INSTANCE);
    }
}
