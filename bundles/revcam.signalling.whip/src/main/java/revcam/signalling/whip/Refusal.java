package revcam.signalling.whip;

import java.io.IOException;

/** The server was reached and does not take the stream, or says what cannot be used. The message holds no secret. */
final class Refusal extends IOException {

    private static final long serialVersionUID = 1;

    private final boolean lasting;
    private final long afterMillis;

    /** @param lasting whether it will hardly change before a person does something */
    Refusal(String message, boolean lasting) {
        this(message, lasting, 0);
    }

    /** @param afterMillis how long the server asks to be left alone; 0 where it says nothing */
    Refusal(String message, boolean lasting, long afterMillis) {
        super(message);
        this.lasting = lasting;
        this.afterMillis = afterMillis;
    }

    boolean isLasting() {
        return lasting;
    }

    long afterMillis() {
        return afterMillis;
    }
}
