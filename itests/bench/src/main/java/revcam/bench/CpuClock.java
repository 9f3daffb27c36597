package revcam.bench;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.NativeLong;

/** CPU time of all threads of this process, by clock_gettime(2): Java's own counter has steps of 10 ms. One thread. */
final class CpuClock {

    private static final int PROCESS_CPU_TIME = 2;

    private final Memory time = new Memory(16);
    private final Function clockGettime = NativeLibrary.getInstance("c").getFunction("clock_gettime");

    long nanos() {
        clockGettime.invokeInt(new Object[] {PROCESS_CPU_TIME, time});
        return time.getNativeLong(0).longValue() * 1_000_000_000 + time.getNativeLong(NativeLong.SIZE).longValue();
    }
}
