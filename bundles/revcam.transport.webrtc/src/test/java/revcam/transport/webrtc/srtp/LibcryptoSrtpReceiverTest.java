package revcam.transport.webrtc.srtp;

class LibcryptoSrtpReceiverTest extends SrtpReceiverConformance {

    LibcryptoSrtpReceiverTest() {
        super(Ciphers.best());
    }
}
