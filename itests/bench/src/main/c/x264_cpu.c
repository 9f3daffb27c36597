/*
 * Stands before libx264: adds up the CPU time that the calling thread spends inside x264_encoder_encode, to the
 * nanosecond and without what JNA and Java need to get there. The sum is the one uint64_t of TOTAL, a file. Everything
 * else of libx264, LIBRARY, is found behind this.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static int (*encode)(void *, void *, int *, void *, void *);
static uint64_t *total;

__attribute__((constructor)) static void begin(void)
{
    int file = open(TOTAL, O_RDWR);
    encode = (int (*)(void *, void *, int *, void *, void *)) dlsym(dlopen(LIBRARY, RTLD_LAZY), "x264_encoder_encode");
    total = mmap(NULL, sizeof *total, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (encode == NULL || total == MAP_FAILED) {
        abort();
    }
}

static uint64_t nanos(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t) now.tv_sec * 1000000000u + now.tv_nsec;
}

int x264_encoder_encode(void *encoder, void *nals, int *count, void *in, void *out)
{
    uint64_t from = nanos();
    int bytes = encode(encoder, nals, count, in, out);
    __atomic_fetch_add(total, nanos() - from, __ATOMIC_RELAXED);
    return bytes;
}
