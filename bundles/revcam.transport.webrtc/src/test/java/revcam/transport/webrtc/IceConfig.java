package revcam.transport.webrtc;

import revcam.transport.webrtc.ice.IceLiteFactory;

/** The defaults, but for a free port and the addresses to listen on. */
record IceConfig(String listen) implements IceLiteFactory.Config {

    @Override
    public int port() {
        return 0;
    }

    @Override
    public String loopback() {
        return "auto";
    }

    @Override
    public String announce() {
        return "";
    }

    @Override
    public int silence() {
        return 10;
    }

    @Override
    public Class<IceLiteFactory.Config> annotationType() {
        return IceLiteFactory.Config.class;
    }
}
