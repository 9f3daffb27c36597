package revcam.v4l2;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Answers system calls as Linux does, with {@link FakeDevice}s. It checks what the kernel checks: sizes of structures by the
 * number of the call, memory types, states of buffers. Mapped memory is overwritten when it is unmapped, so that a reader
 * who comes too late notices.
 */
public class FakeKernel implements SystemCalls {

    private static final byte UNMAPPED = (byte) 0xDD;
    private static final int POLLIN = 1;
    private static final int POLLERR_POLLHUP = 0x18;

    private final Abi claimed;
    private final Abi real;
    private final Map<String, FakeDevice> devices = new HashMap<>();
    private final Map<Integer, Object> open = new HashMap<>();
    private final Map<Long, ByteBuffer> memory = new HashMap<>();
    private final Map<ByteBuffer, Long> addresses = new IdentityHashMap<>();
    private final List<Long> mapped = new ArrayList<>();
    private int nextFd = 3;
    private long nextAddress = 0x1000_0000L;

    private static final class EventFd {
        private long count;
    }

    private static final class Dmabuf {
        private final ByteBuffer memory;

        private Dmabuf(ByteBuffer memory) {
            this.memory = memory;
        }
    }

    public FakeKernel() {
        this(Abi.LP64, Abi.LP64);
    }

    /** @param claimed what the process takes the kernel for @param real what it is */
    public FakeKernel(Abi claimed, Abi real) {
        this.claimed = claimed;
        this.real = real;
    }

    /** Whoever opens the path from now on finds the device. */
    public synchronized FakeDevice plug(String path, FakeDevice device) {
        device.connect(this);
        devices.put(path, device);
        return device;
    }

    /** The path goes, and whoever has the device open meets ENODEV. */
    public synchronized void unplug(String path) {
        FakeDevice device = devices.remove(path);
        if (device != null) {
            device.disconnect();
        }
        notifyAll();
    }

    /** Descriptors that were not closed. */
    public synchronized int openDescriptors() {
        return open.size();
    }

    /** Buffers that were not unmapped. */
    public synchronized int mappings() {
        return mapped.size();
    }

    @Override
    public Abi abi() {
        return claimed;
    }

    Abi real() {
        return real;
    }

    @Override
    public synchronized int open(String path) {
        FakeDevice device = devices.get(path);
        if (device == null) {
            return -Errno.ENOENT.number();
        }
        int refusal = device.injected("open");
        return refusal != 0 ? -refusal : newFd(device);
    }

    @Override
    public synchronized int close(int fd) {
        Object file = open.remove(fd);
        if (file == null) {
            return -Errno.EBADF.number();
        }
        if (file instanceof FakeDevice device) {
            device.closed();
        }
        return 0;
    }

    @Override
    public int ioctl(int fd, int number, ByteBuffer argument) {
        FakeDevice device;
        synchronized (this) {
            if (!(open.get(fd) instanceof FakeDevice found)) {
                return open.containsKey(fd) ? -Errno.ENOTTY.number() : -Errno.EBADF.number();
            }
            device = found;
        }
        for (Request request : Request.values()) {
            if (request.number(real) == number) {
                device.delay(request.symbol);
                synchronized (this) {
                    return device.ioctl(request, argument);
                }
            }
        }
        return -Errno.ENOTTY.number();
    }

    @Override
    public synchronized long address(ByteBuffer buffer) {
        Long address = addresses.get(buffer);
        if (address == null) {
            address = register(buffer);
        }
        return address;
    }

    synchronized ByteBuffer at(long address) {
        ByteBuffer buffer = memory.get(real == Abi.LP64 ? address : address & 0xFFFF_FFFFL);
        if (buffer == null) {
            throw new IllegalStateException("nothing lies at " + Long.toHexString(address));
        }
        return buffer;
    }

    private long register(ByteBuffer buffer) {
        long address = nextAddress;
        nextAddress += buffer.capacity() + 4095 & -4096;
        memory.put(address, buffer);
        addresses.put(buffer, address);
        return address;
    }

    @Override
    public synchronized long map(int fd, long length, long offset) {
        if (!(open.get(fd) instanceof FakeDevice device)) {
            return -Errno.EBADF.number();
        }
        int refusal = device.injected("mmap");
        ByteBuffer block = device.block((int) offset);
        if (refusal != 0 || block == null || block.capacity() != length) {
            return refusal != 0 ? -refusal : -Errno.EINVAL.number();
        }
        long address = address(block);
        mapped.add(address);
        return address;
    }

    @Override
    public ByteBuffer memory(long address, int length) {
        return at(address);
    }

    @Override
    public synchronized int unmap(long address, long length) {
        if (!mapped.remove(Long.valueOf(address))) {
            throw new IllegalStateException("not mapped");
        }
        ByteBuffer block = at(address);
        for (int i = 0; i < block.capacity(); i++) {
            block.put(i, UNMAPPED);
        }
        return 0;
    }

    @Override
    public synchronized int poll(ByteBuffer descriptors, int count, int timeoutMillis) {
        long deadline = System.nanoTime() + timeoutMillis * 1_000_000L;
        while (true) {
            int ready = 0;
            for (int i = 0; i < count; i++) {
                int happened = happened(descriptors.getInt(i * 8), descriptors.getShort(i * 8 + 4));
                descriptors.putShort(i * 8 + 6, (short) happened);
                ready += happened == 0 ? 0 : 1;
            }
            long left = deadline - System.nanoTime();
            if (ready > 0 || timeoutMillis >= 0 && left <= 0) {
                return ready;
            }
            try {
                wait(timeoutMillis < 0 ? 0 : Math.max(1, left / 1_000_000));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return -Errno.EINTR.number();
            }
        }
    }

    private int happened(int fd, int events) {
        Object file = open.get(fd);
        if (file instanceof EventFd counter) {
            return counter.count > 0 ? POLLIN & events : 0;
        }
        if (file instanceof FakeDevice device) {
            return device.isConnected() ? device.poll(events) : POLLERR_POLLHUP;
        }
        return fd < 0 ? 0 : 0x20;
    }

    @Override
    public synchronized int eventfd() {
        return newFd(new EventFd());
    }

    @Override
    public synchronized int read(int fd, ByteBuffer buffer, int bytes) {
        if (!(open.get(fd) instanceof EventFd counter)) {
            return -Errno.EBADF.number();
        }
        if (counter.count == 0) {
            return -Errno.EAGAIN.number();
        }
        buffer.putLong(0, counter.count);
        counter.count = 0;
        return Long.BYTES;
    }

    @Override
    public synchronized int write(int fd, ByteBuffer buffer, int bytes) {
        if (!(open.get(fd) instanceof EventFd counter)) {
            return -Errno.EBADF.number();
        }
        counter.count += buffer.getLong(0);
        notifyAll();
        return Long.BYTES;
    }

    @Override
    public synchronized int duplicate(int fd) {
        Object file = open.get(fd);
        return file == null ? -Errno.EBADF.number() : newFd(file);
    }

    synchronized int newDmabuf(ByteBuffer block) {
        return newFd(new Dmabuf(block));
    }

    /** The memory behind a DMA-BUF, or null. */
    synchronized ByteBuffer dmabuf(int fd) {
        return open.get(fd) instanceof Dmabuf dmabuf ? dmabuf.memory : null;
    }

    private int newFd(Object file) {
        open.put(nextFd, file);
        return nextFd++;
    }

    static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }
}
