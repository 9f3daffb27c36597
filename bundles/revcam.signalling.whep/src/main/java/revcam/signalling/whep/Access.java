package revcam.signalling.whep;

import com.sun.net.httpserver.HttpExchange;
import java.util.List;
import java.util.concurrent.TimeUnit;
import revcam.http.Exchanges;
import revcam.http.HttpProblem;

/**
 * Who may ask for what. People and programs on this machine need no token; pages of other sites may ask for nothing,
 * whoever has them open.
 */
final class Access {

    private static final int WRONG_TOKENS_PER_MINUTE = 5;
    private static final int OFFERS_PER_MINUTE = 10;
    private static final int REPORTS_PER_MINUTE = 30;
    /** A browser trickles a dozen candidates in a few requests; a restart gathers ours anew, which is work. */
    private static final int PATCHES_PER_MINUTE = 60;

    private final Token token;
    private final List<String> origins;
    private final RateLimit wrongTokens;
    private final RateLimit offers;
    private final RateLimit reports;
    private final RateLimit patches;

    /** @param previous the one whose place this takes, or null; what it counted still counts */
    Access(Token token, List<String> origins, Access previous) {
        this.token = token;
        this.origins = origins;
        boolean first = previous == null;
        wrongTokens = first ? new RateLimit(WRONG_TOKENS_PER_MINUTE, TimeUnit.MINUTES) : previous.wrongTokens;
        offers = first ? new RateLimit(OFFERS_PER_MINUTE, TimeUnit.MINUTES) : previous.offers;
        reports = first ? new RateLimit(REPORTS_PER_MINUTE, TimeUnit.MINUTES) : previous.reports;
        patches = first ? new RateLimit(PATCHES_PER_MINUTE, TimeUnit.MINUTES) : previous.patches;
    }

    Token token() {
        return token;
    }

    /** Refuses pages of other origins, and tells the browser of those that may (CORS, fetch.spec.whatwg.org). */
    void checkOrigin(HttpExchange exchange) throws HttpProblem {
        if (Exchanges.isForeign(exchange, origins)) {
            throw new HttpProblem(403, "Pages of other sites may not use this camera. To let one, add its origin to "
                    + "origins in " + Signalling.FILE + ".");
        }
        String origin = exchange.getRequestHeaders().getFirst("Origin");
        if (origin != null && origins.contains(origin)) {
            var headers = exchange.getResponseHeaders();
            headers.set("Access-Control-Allow-Origin", origin);
            headers.set("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE");
            headers.set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match");
            headers.set("Access-Control-Expose-Headers", "Location, ETag, Link, Retry-After");
            headers.set("Access-Control-Max-Age", "600");
            headers.set("Cross-Origin-Resource-Policy", "cross-origin");
            headers.set("Vary", "Origin");
        }
    }

    /** Refuses whoever needs a token and has not the right one. */
    void checkToken(HttpExchange exchange) throws HttpProblem {
        if (!token.isNeeded() || Exchanges.isLocal(exchange)) {
            return;
        }
        String address = RateLimit.client(exchange.getRemoteAddress());
        long wait = wrongTokens.waitSeconds(address, System.nanoTime());
        if (wait > 0) {
            throw tooMany("Too many wrong tokens", wait);
        }
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        if (authorization == null) {
            throw unauthorized("This camera asks for its token: send it as Authorization: Bearer <token>.", "");
        }
        boolean isBearer = authorization.regionMatches(true, 0, "Bearer ", 0, 7);
        if (!isBearer || !token.matches(authorization.substring(7).strip())) {
            wrongTokens.take(address, System.nanoTime());
            throw unauthorized("That is not this camera's token.", ", error=\"invalid_token\"");
        }
    }

    /** Refuses more offers from another machine than a person would cause. */
    void checkOfferRate(HttpExchange exchange) throws HttpProblem {
        if (!Exchanges.isLocal(exchange)) {
            check(offers, RateLimit.client(exchange.getRemoteAddress()), "Too many offers from your address");
        }
    }

    /** Refuses more of a viewer's figures than make a curve, also from this machine. */
    void checkReportRate(String viewer) throws HttpProblem {
        check(reports, viewer, "Figures every few seconds are enough");
    }

    /** Refuses more candidates and restarts than a viewer has use for, also from this machine. */
    void checkPatchRate(String viewer) throws HttpProblem {
        check(patches, viewer, "Too many changes of one session");
    }

    private static void check(RateLimit limit, String client, String detail) throws HttpProblem {
        long now = System.nanoTime();
        long wait = limit.waitSeconds(client, now);
        if (wait > 0) {
            throw tooMany(detail, wait);
        }
        limit.take(client, now);
    }

    private static HttpProblem tooMany(String detail, long waitSeconds) {
        return new HttpProblem(429, detail + "; try again in " + waitSeconds + " s.")
                .with("Retry-After", Long.toString(waitSeconds));
    }

    private static HttpProblem unauthorized(String detail, String error) {
        return new HttpProblem(401, detail).with("WWW-Authenticate", "Bearer realm=\"revcam\"" + error);
    }
}
