package revcam.transport.webrtc.sdp;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.NegotiationException.Reason;

/**
 * A session description taken apart (RFC 8866), or the fragment of one that trickle ICE sends (RFC 8840, section 9).
 * What comes from outside is unchecked, so everything is bounded, and nothing that is malformed gets through.
 */
record SessionDescription(List<Attribute> attributes, List<MediaSection> media) {

    /** A full-featured browser's offer has 10 KiB and 250 lines. */
    static final int MAX_CHARS = 64 * 1024;
    private static final int MAX_LINES = 2048;
    private static final int MAX_MEDIA = 32;
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+\\-.0-9A-Z^_`a-z{|}~]{1,64}");
    private static final Pattern PROTOCOL = Pattern.compile("[!#$%&'*+\\-.0-9A-Z^_`a-z{|}~/]{1,64}");
    private static final int MAX_PORT = 65535;

    static SessionDescription parse(String text) throws NegotiationException {
        return new Parser(text, false).parse();
    }

    static SessionDescription parseFragment(String text) throws NegotiationException {
        return new Parser(text, true).parse();
    }

    /** The value of the session's first attribute of that name, or null. */
    String attribute(String name) {
        return first(attributes, name);
    }

    List<String> attributes(String name) {
        return all(attributes, name);
    }

    static String first(List<Attribute> attributes, String name) {
        for (Attribute attribute : attributes) {
            if (attribute.name().equals(name)) {
                return attribute.value();
            }
        }
        return null;
    }

    static List<String> all(List<Attribute> attributes, String name) {
        List<String> values = new ArrayList<>();
        for (Attribute attribute : attributes) {
            if (attribute.name().equals(name)) {
                values.add(attribute.value());
            }
        }
        return values;
    }

    /** RFC 8866, section 9. */
    static boolean isToken(String text) {
        return TOKEN.matcher(text).matches();
    }

    private static final class Parser {

        private final String[] lines;
        private final boolean fragment;
        private final List<Attribute> session = new ArrayList<>();
        private final List<MediaSection> media = new ArrayList<>();
        private int number;

        Parser(String text, boolean fragment) throws NegotiationException {
            this.fragment = fragment;
            if (text.length() > MAX_CHARS) {
                throw malformed("longer than " + MAX_CHARS + " characters");
            }
            // Accepts a bare line feed as well (RFC 8866, section 5).
            lines = text.split("\r?\n", MAX_LINES + 1);
            if (lines.length > MAX_LINES) {
                throw malformed("more than " + MAX_LINES + " lines");
            }
        }

        SessionDescription parse() throws NegotiationException {
            List<Attribute> attributes = session;
            for (; number < lines.length; number++) {
                String line = lines[number];
                if (line.isEmpty() && number == lines.length - 1) {
                    break;
                }
                if (line.length() < 2 || line.charAt(1) != '=') {
                    throw malformed("not of the form type=value");
                }
                if (line.chars().anyMatch(c -> c < ' ' && c != '\t' || c == 0x7F)) {
                    throw malformed("a control character");
                }
                char type = line.charAt(0);
                String value = line.substring(2);
                checkOrder(type, value);
                switch (type) {
                    case 'a' -> attributes.add(attribute(value));
                    case 'm' -> {
                        attributes = new ArrayList<>();
                        media.add(media(value, attributes));
                    }
                    default -> {
                        // The other types say nothing that the answer depends on.
                    }
                }
            }
            if (!fragment && number < 4) {
                throw malformed("too short: v=, o=, s= and t= are required");
            }
            return new SessionDescription(session, media);
        }

        private void checkOrder(char type, String value) throws NegotiationException {
            if (!fragment) {
                // RFC 8866, section 5: these begin every description.
                switch (number) {
                    case 0 -> require(type == 'v' && value.equals("0"), "v=0 expected");
                    case 1 -> require(type == 'o' && value.split(" ").length == 6, "o= with six fields expected");
                    case 2 -> require(type == 's', "s= expected");
                    default -> require("vos".indexOf(type) < 0, type + "= is out of order");
                }
            }
            require((media.isEmpty() ? "vosiuepcbtrzkam" : "micbka").indexOf(type) >= 0,
                    "unknown or misplaced type");
        }

        private Attribute attribute(String value) throws NegotiationException {
            int colon = value.indexOf(':');
            String name = colon < 0 ? value : value.substring(0, colon);
            require(isToken(name), "attribute without a name");
            return new Attribute(name, colon < 0 ? "" : value.substring(colon + 1));
        }

        private MediaSection media(String value, List<Attribute> attributes) throws NegotiationException {
            require(media.size() < MAX_MEDIA, "more than " + MAX_MEDIA + " media sections");
            String[] fields = value.split(" ");
            require(fields.length >= 4 && isToken(fields[0]) && PROTOCOL.matcher(fields[2]).matches(),
                    "m= needs media, port, protocol and formats");
            List<String> formats = List.of(fields).subList(3, fields.length);
            for (String format : formats) {
                require(isToken(format), "a format that is no token");
            }
            String port = fields[1];
            int slash = port.indexOf('/');
            return new MediaSection(
                    fields[0], number(slash < 0 ? port : port.substring(0, slash), MAX_PORT), fields[2], formats,
                    attributes);
        }

        private int number(String text, int max) throws NegotiationException {
            int value = SessionDescription.number(text, max);
            require(value >= 0, "a number from 0 to " + max + " expected");
            return value;
        }

        private void require(boolean condition, String problem) throws NegotiationException {
            if (!condition) {
                throw malformed(problem);
            }
        }

        private NegotiationException malformed(String problem) {
            return new NegotiationException(Reason.MALFORMED,
                    (fragment ? "SDP fragment" : "SDP") + (lines == null ? "" : ", line " + (number + 1)) + ": "
                            + problem);
        }
    }

    /** A decimal number without sign from 0 to {@code max}, or -1. */
    static int number(String text, int max) {
        if (text.isEmpty() || text.length() > 9 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        int value = Integer.parseInt(text);
        return value <= max ? value : -1;
    }
}
