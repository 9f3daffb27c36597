package revcam.capture.pattern;

/** The train that moves, and the balloon that hangs in the sky. */
final class Sprites {

    private Sprites() {}

    /** A locomotive and its coaches, heading right. */
    static Sprite train(int width, int height, Colour.Matrix matrix) {
        int coachHeight = even(height * 0.052);
        int coachWidth = even(height * 0.17);
        int coaches = Math.max(2, (int) (width * 0.4 / coachWidth));
        Sprite train = new Sprite(coaches * coachWidth, coachHeight);
        Colour roof = matrix.colour(0xD8D4CC);
        Colour body = matrix.colour(0xB3261E);
        Colour stripe = matrix.colour(0xF2E6C9);
        Colour glass = matrix.colour(0x22303C);
        Colour dark = matrix.colour(0x1C1A1A);
        int unit = Math.max(1, coachHeight / 12);
        for (int coach = 0; coach < coaches; coach++) {
            int left = coach * coachWidth;
            int right = left + coachWidth;
            train.fill(left, 0, right, 2 * unit, roof);
            train.fill(left, 2 * unit, right, coachHeight - 3 * unit, body);
            train.fill(left, coachHeight - 5 * unit, right, coachHeight - 4 * unit, stripe);
            train.fill(left, coachHeight - 3 * unit, right, coachHeight, dark);
            int window = Math.max(2, coachWidth / 9);
            for (int x = left + window / 2; x + window < right; x += window * 3 / 2) {
                train.fill(x, 3 * unit, x + window, coachHeight - 6 * unit, glass);
            }
            train.fill(right - 2 * unit, 0, right, coachHeight - 3 * unit, dark);
        }
        train.fill(train.width() - 5 * unit, 3 * unit, train.width(), coachHeight - 6 * unit, glass);
        for (int y = 0; y < 2 * unit; y++) {
            train.inset(y, (2 * unit - y) * 2);
        }
        return train;
    }

    /** A hot-air balloon in gores of two colours. */
    static Sprite balloon(int height, Colour.Matrix matrix) {
        int size = even(height * 0.09);
        int full = even(size * 1.35);
        Sprite balloon = new Sprite(size, full);
        Colour red = matrix.colour(0xD9482B);
        Colour cream = matrix.colour(0xF6E7C1);
        Colour basket = matrix.colour(0x5A3A22);
        double radius = size / 2.0;
        for (int y = 0; y < full; y++) {
            double down = (y + 0.5 - radius) / radius;
            double half = down < 0.35 ? Math.sqrt(1 - down * down) : 0.94 - (down - 0.35) * 0.72;
            boolean hanging = down > 1.36;
            if (hanging) {
                half = 0.16;
            }
            int inset = (int) Math.round(radius * (1 - Math.max(half, 0.16)));
            balloon.inset(y, inset);
            for (int x = 0; x < size; x++) {
                double across = Math.max(-1, Math.min(1, (x + 0.5 - radius) / radius / Math.max(half, 0.16)));
                double gore = Math.asin(across) * 7 / Math.PI + 0.5;
                Colour colour = hanging ? basket : (Math.floor(gore) % 2 == 0 ? red : cream);
                float light = (float) (1.05 - 0.45 * (across * 0.5 + 0.5) * (across * 0.5 + 0.5) - 0.12 * Math.max(0, down));
                balloon.set(x, y, colour, light);
            }
        }
        return balloon;
    }

    private static int even(double pixels) {
        return Math.max(4, 2 * (int) Math.round(pixels / 2));
    }
}
