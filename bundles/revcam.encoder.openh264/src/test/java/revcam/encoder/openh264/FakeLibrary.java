package revcam.encoder.openh264;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Libraries that are not, or not quite, the system's libopenh264; needs a C compiler. */
final class FakeLibrary {

    /** Everything that the system's library does, in the structures of 2.6. */
    static final String VERSION_2_6 = """
            #include <dlfcn.h>
            #include <string.h>
            #include <stdlib.h>
            typedef struct { unsigned char ids[3]; int type; unsigned char kind; int sub, nals; int *lengths; char *data; } OldLayer;
            typedef struct { OldLayer old; float psnr[3]; } NewLayer;
            typedef struct { int count; OldLayer layers[128]; int type, size; long long millis; } OldInfo;
            typedef struct { int count; NewLayer layers[128]; int type, size; long long millis; } NewInfo;
            typedef int (*Call)();
            typedef struct { Call *functions; void *real; OldInfo info; } Encoder;

            static Call real(Encoder *e, int i) { return (*(Call **) e->real)[i]; }
            static int initialize(Encoder *e, void *p) { return real(e, 0)(e->real, p); }
            static int initializeExt(Encoder *e, void *p) { return real(e, 1)(e->real, p); }
            static int getDefaults(Encoder *e, char *p) { int r = real(e, 2)(e->real, p); memset(p + 920, 0, 3); return r; }
            static int uninitialize(Encoder *e) { return real(e, 3)(e->real); }
            static int encode(Encoder *e, void *picture, NewInfo *info) {
              int r = real(e, 4)(e->real, picture, &e->info), i;
              info->count = e->info.count;
              for (i = 0; i < info->count; i++) info->layers[i].old = e->info.layers[i];
              info->type = e->info.type;
              info->size = e->info.size;
              info->millis = e->info.millis;
              return r;
            }
            static int parameterSets(Encoder *e, void *info) { abort(); }
            static int forceIntra(Encoder *e, int idr, int layer) { return real(e, 6)(e->real, idr, layer); }
            static int setOption(Encoder *e, int o, void *v) { return real(e, 7)(e->real, o, v); }
            static int getOption(Encoder *e, int o, void *v) { return real(e, 8)(e->real, o, v); }
            static Call functions[] = {initialize, initializeExt, getDefaults, uninitialize, encode, parameterSets, forceIntra,
                setOption, getOption};

            static void *symbol(char *name) { return dlsym(dlopen("libopenh264.so.7", RTLD_NOW), name); }
            void WelsGetCodecVersionEx(int *v) { v[0] = 2; v[1] = 6; v[2] = 0; v[3] = 0; }
            int WelsCreateSVCEncoder(Encoder **out) {
              *out = calloc(1, sizeof(Encoder));
              (*out)->functions = functions;
              return ((int (*)(void **)) symbol("WelsCreateSVCEncoder"))(&(*out)->real);
            }
            void WelsDestroySVCEncoder(Encoder *e) {
              ((void (*)(void *)) symbol("WelsDestroySVCEncoder"))(e->real);
              free(e);
            }
            """;

    private FakeLibrary() {}

    static Path compile(Path directory, String source) throws IOException, InterruptedException {
        Path file = Files.writeString(directory.resolve("fake.c"), source);
        Path library = directory.resolve("libopenh264.so.fake");
        Process compiler = new ProcessBuilder("cc", "-w", "-shared", "-fPIC", "-o", library.toString(), file.toString(), "-ldl")
                .inheritIO().start();
        assertEquals(0, compiler.waitFor(), "cc");
        return library;
    }
}
