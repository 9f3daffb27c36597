package revcam.hotswap.stranger;

/** How a stranger misbehaves. */
public enum Fault {
    NONE,
    ACTIVATOR_THROWS,
    OPEN_THROWS,
    /** With the exception that is meant for it. */
    OPEN_FAILS,
    OPEN_GIVES_NULL,
    OPEN_HANGS,
    /** An engine: to an offer. */
    ANSWER_HANGS,
    /** In the call that it is there for. */
    WORK_THROWS,
    WORK_HANGS,
    /** A class that its code names is not in the bundle. */
    CLASS_IS_MISSING,
    CLOSE_THROWS,
    CLOSE_HANGS,
    LEAKS_THREADS,
    /** Takes everything and gives nothing. */
    MUTE,
    GARBAGE,
    EMPTY,
    KEEPS_FRAMES,
    /** Results of another picture size. */
    OTHER_SIZE,
    /** Every picture of another size than the one before. */
    RESTLESS_SIZE,
    /** Sides that are no whole number of chroma samples. */
    ODD_SIZE,
    /** Times that it was never given. */
    STRANGE_TIMES,
    REPEATED_TIMES,
    /** Calls everything a key frame. */
    FALSE_KEYFRAMES,
    /** Calls nothing a key frame. */
    HIDDEN_KEYFRAMES,
    /** Payloads that no packet holds. */
    OVERSIZE,
    /** Rates far above what is allowed. */
    ABSURD_RATE,
    NEGATIVE_RATE;

    /** Sleeps for ever, whoever interrupts. */
    @SuppressWarnings("InfiniteLoopStatement")
    static void hang() {
        while (true) {
            try {
                Thread.sleep(Long.MAX_VALUE);
            } catch (InterruptedException e) {
                // ignored: that is the point
            }
        }
    }

    /** Threads that nobody will ever end. */
    static void leak() {
        for (int i = 0; i < 5; i++) {
            Thread leaked = new Thread(Fault::hang, "stranger's leak " + i);
            leaked.setDaemon(true);
            leaked.start();
        }
    }

    /** Faults that are the same in every kind of stage. */
    void atWork() {
        switch (this) {
            case WORK_THROWS -> throw new IllegalStateException("thrown at work");
            case WORK_HANGS -> hang();
            case CLASS_IS_MISSING -> new Absentee().greet();
            default -> { }
        }
    }

    void atClose() {
        switch (this) {
            case CLOSE_THROWS -> throw new IllegalStateException("thrown in close");
            case CLOSE_HANGS -> hang();
            default -> { }
        }
    }
}
