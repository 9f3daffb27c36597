package revcam.transport.webrtc.srtp;

class JavaSrtpReceiverTest extends SrtpReceiverConformance {

    JavaSrtpReceiverTest() {
        super(JavaCiphers.INSTANCE);
    }
}
