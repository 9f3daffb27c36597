package revcam.signalling.whip;

import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * What a server answered; all of it from outside.
 *
 * @param from whom, after redirections
 * @param location as it stands; null where there is none, as for the next two
 * @param body at most {@link #MAX_BYTES}, and one more where there was more
 */
record Reply(URI from, int status, String location, String contentType, String retryAfter, byte[] body) {

    /** As much as offers and answers may have anywhere in RevCam. */
    static final int MAX_BYTES = 64 * 1024;
    private static final String SDP = "application/sdp";
    private static final int SHOWN_CHARACTERS = 200;
    private static final long LONGEST_ASKED_MILLIS = TimeUnit.HOURS.toMillis(1);

    /**
     * A session that the server has begun.
     *
     * @param url where it is ended; null when the server did not say, or nothing that can be used
     */
    record Session(String answer, URI url) {}

    boolean isRedirection() {
        return status == 307 || status == 308;
    }

    /** Whether a session has been begun, whatever else is wrong. */
    boolean isCreated() {
        return status == 201;
    }

    /** Where a session is ended that has been begun, or null; a server that says it wrongly is no reason to do without. */
    URI sessionUrl() {
        try {
            return isCreated() ? target() : null;
        } catch (Refusal e) {
            return null;
        }
    }

    /** @throws Refusal unless it is the URL of a web server, and one with TLS where we come from one */
    URI target() throws Refusal {
        URI target;
        try {
            target = from.resolve(location == null ? "" : location.strip());
        } catch (IllegalArgumentException e) {
            throw new Refusal("it answered " + status + " with a Location that is no URL", true);
        }
        boolean web = "http".equals(target.getScheme()) || "https".equals(target.getScheme());
        if (location == null || !web || target.getHost() == null || target.getUserInfo() != null
                || target.getPort() > 65_535) {
            throw new Refusal("it answered " + status + " with a Location that is not of http or https", true);
        }
        if ("https".equals(from.getScheme()) && !"https".equals(target.getScheme())) {
            throw new Refusal("it answered " + status + " with a Location without TLS, which is not followed from one with it",
                    true);
        }
        return target;
    }

    /**
     * The session, if there is one.
     *
     * @param secrets what must not be shown, whoever says it
     */
    Session session(List<String> secrets, long nowMillis) throws Refusal {
        if (!isCreated()) {
            throw refusal(secrets, nowMillis);
        }
        String type = contentType == null ? "" : contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (!type.equals(SDP)) {
            throw new Refusal("it answered 201 with Content-Type " + (type.isEmpty() ? "missing" : shown(type, secrets))
                    + ", not " + SDP + ": url is no WHIP endpoint", true);
        }
        if (body.length == 0 || body.length > MAX_BYTES) {
            throw new Refusal("it answered 201 with " + (body.length == 0 ? "an empty answer"
                    : "an answer of more than " + MAX_BYTES + " bytes"), true);
        }
        try {
            return new Session(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString(),
                    sessionUrl());
        } catch (CharacterCodingException e) {
            throw new Refusal("it answered 201 with an answer that is not UTF-8", true);
        }
    }

    private Refusal refusal(List<String> secrets, long nowMillis) {
        String said = body.length > MAX_BYTES ? "" : shown(new String(body, StandardCharsets.UTF_8), secrets);
        String message = "it answered " + status + advice() + (said.isEmpty() ? "" : "; it says: " + said);
        return new Refusal(message, !isPassing(), retryAfterMillis(nowMillis));
    }

    /** What RFC 9725, section 4, and RFC 9110 let a server say, in terms of our configuration. */
    private String advice() {
        return switch (status) {
            case 401 -> ": it wants a token, or another one; set token";
            case 403 -> ": this token may not publish there; check token and url";
            case 404, 410 -> ": there is no endpoint of that path; check url";
            case 405 -> ": that is no WHIP endpoint; check url";
            case 406, 422 -> ": it cannot use what is offered, H.264 in most cases; check what codecs it takes";
            case 409 -> ": somebody else publishes there already, or an earlier session of ours has not ended yet";
            case 415 -> ": it does not take application/sdp, so that is no WHIP endpoint; check url";
            case 429 -> ": too many requests";
            case 503 -> ": it takes nobody at present";
            default -> status / 100 == 3 ? ": a redirection that a POST must not follow; set url to where it leads"
                    : status / 100 == 2 ? ", not 201: that is no WHIP endpoint; check url" : "";
        };
    }

    private boolean isPassing() {
        return status == 408 || status == 409 || status == 429 || status >= 500;
    }

    /** RFC 9110, section 10.2.3. */
    private long retryAfterMillis(long nowMillis) {
        if (retryAfter == null) {
            return 0;
        }
        String text = retryAfter.strip();
        long millis;
        if (text.matches("\\d{1,9}")) {
            millis = TimeUnit.SECONDS.toMillis(Long.parseLong(text));
        } else {
            try {
                millis = Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text)).toEpochMilli() - nowMillis;
            } catch (DateTimeException | ArithmeticException e) {
                return 0;
            }
        }
        return Math.max(0, Math.min(millis, LONGEST_ASKED_MILLIS));
    }

    private static String shown(String text, List<String> secrets) {
        String shown = text;
        for (String secret : secrets) {
            shown = shown.replace(secret, "(secret)");
        }
        shown = shown.replaceAll("[^\\x20-\\x7e]+", " ").strip();
        return shown.length() <= SHOWN_CHARACTERS ? shown : shown.substring(0, SHOWN_CHARACTERS) + "...";
    }
}
