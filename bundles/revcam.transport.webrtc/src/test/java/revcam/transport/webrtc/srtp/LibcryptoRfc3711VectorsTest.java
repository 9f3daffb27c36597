package revcam.transport.webrtc.srtp;

class LibcryptoRfc3711VectorsTest extends Rfc3711VectorsConformance {

    LibcryptoRfc3711VectorsTest() {
        super(Ciphers.best());
    }
}
