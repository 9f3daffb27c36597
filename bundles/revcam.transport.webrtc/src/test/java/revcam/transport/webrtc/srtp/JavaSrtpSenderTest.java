package revcam.transport.webrtc.srtp;

class JavaSrtpSenderTest extends SrtpSenderConformance {

    JavaSrtpSenderTest() {
        super(JavaCiphers.INSTANCE);
    }
}
