package revcam.transport.webrtc.srtp;

class LibcryptoSrtpSenderTest extends SrtpSenderConformance {

    LibcryptoSrtpSenderTest() {
        super(Ciphers.best());
    }
}
