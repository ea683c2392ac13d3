#!/usr/bin/env bash
# A tool that replaces malloc and ends the program when it is given memory that it did not give out:
# memory from before it was there (of constructors, and of ld.so) is changed, measured and freed. (Long for the allocator,
# which has all that allocators have.)
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

# A library of the tool's own gives memory back, too.
tool libhelper.so <<<'#include <stdlib.h>
void give_back(void *memory) { free(memory); }'
tool libtool.so "$host/libhelper.so" -Wl,-rpath,"$host" <<'END'
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
// Pieces with a mark in front, from one array; nothing is used twice.
static char pool[64 << 20] __attribute__((aligned(4096)));
static size_t used;
struct head { size_t size, mark; };
static struct head *head_of(void *p) {
    struct head *head = (struct head *)p - 1;
    if ((char *)p < pool || (char *)p >= pool + sizeof pool || head->mark != 0x600df00d) {
        write(2, "foreign memory\n", 15);
        _exit(9);
    }
    return head;
}
void *memalign(size_t alignment, size_t size) {
    size_t at = __atomic_fetch_add(&used, size + 2 * alignment + 64, __ATOMIC_RELAXED) + sizeof(struct head);
    at = (at + alignment - 1) & -alignment;
    if (at + size > sizeof pool) return errno = ENOMEM, (void *)0;
    struct head *head = (struct head *)(pool + at) - 1;
    *head = (struct head){size, 0x600df00d};
    return pool + at;
}
void give_back(void *memory);
void give_to_tool(void *memory) { give_back(memory); }
int from_tool(void *p) { return (char *)p >= pool && (char *)p < pool + sizeof pool; }
void *malloc(size_t size) { return memalign(16, size); }
void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
int posix_memalign(void **to, size_t alignment, size_t size) { return (*to = memalign(alignment, size)) ? 0 : ENOMEM; }
void *calloc(size_t count, size_t size) { return memalign(16, count * size); }
void free(void *p) { if (p) head_of(p)->mark = 0; }
// Operators new and delete, as allocators in C++ have them.
void *_Znwm(size_t size) { return memalign(16, size); }
void _ZdlPv(void *p) { if (p) head_of(p)->mark = 0; }
void _ZdlPvm(void *p, size_t size) { if (p) head_of(p)->mark = 0; }
size_t malloc_usable_size(void *p) { return p ? head_of(p)->size : 0; }
void *realloc(void *p, size_t size) {
    void *fresh = malloc(size);
    if (p) memcpy(fresh, p, head_of(p)->size < size ? head_of(p)->size : size), free(p);
    return fresh;
}
END
language=c++ tool libearly.so <<'END'
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
extern "C" void *__libc_malloc(size_t);
char *early[8];
struct Thing { int value = 42; };
Thing *thing;
__attribute__((constructor)) static void start() {
    for (char *&each : early) each = strdup("early");
    early[1] = (char *)realloc(early[1], 100000);
    early[2] = (char *)calloc(7, 11);
    void *aligned = 0;
    posix_memalign(&aligned, 4096, 100);
    early[3] = (char *)aligned;
    free(malloc(1));
    if (getenv("OF_LIBC")) {
        void *of_libc = __libc_malloc(10);
        free(strcpy((char *)realloc(of_libc, 1000), "text"));
        free(__libc_malloc(10));
    }
    thing = new Thing;
}
END
language=c++ program program -L"$host" -learly -Wl,-rpath,"$host" <<'END'
#include <dlfcn.h>
#include <malloc.h>
#include "claims.h"
#include <stdlib.h>
#include <string.h>
extern char *early[8];
struct Thing { int value = 42; };
extern Thing *thing;
int main() {
    auto from_tool = (int (*)(void *))dlsym(RTLD_DEFAULT, "from_tool");
    CLAIM("usable size of early memory", "%zu", malloc_usable_size(early[0]));
    CLAIM("early memory that grew", "%s", early[1]);
    early[0] = (char *)realloc(early[0], 50);
    CLAIM("early memory, grown now", "%s", early[0]);
    HOLDS("early memory, grown now, is the tool's", from_tool(early[0]));
    int sum = 0;
    for (int i = 0; i < 77; ++i) sum += early[2][i];
    CLAIM("sum of early calloc", "%d", sum);
    CLAIM("early posix_memalign", "%d", (int)((size_t)early[3] % 4096));
    ((void (*)(void *))dlsym(RTLD_DEFAULT, "give_to_tool"))(early[7]);
    early[7] = 0;
    for (char *each : early) free(each);
    delete thing;
    auto *values = new int[1000];
    HOLDS("new is the tool's", from_tool(values));
    delete[] values;
    void *handle = dlopen("libm.so.6", RTLD_NOW);  // by ld.so's own calls
    if (handle) dlclose(handle);
    char *line = 0;
    size_t size = 0;
    FILE *file = fopen("/proc/self/status", "r");
    getline(&line, &size, file);
    HOLDS("getline is the tool's", from_tool(line));
    free(line);
    fclose(file);
    return 0;
}
END
both_make_true libtool.so -- ./program <<'END'
usable size of early memory            => 6
early memory that grew                 => early
early memory, grown now                => early
early memory, grown now, is the tool's => yes
sum of early calloc                    => 0
early posix_memalign                   => 0
new is the tool's                      => yes
getline is the tool's                  => yes
END
# Of libc's own heap, by the name that a tool cannot replace: natively the tool would get to see it.
OF_LIBC=1 hold claims.txt preload "$host/libtool.so" -- ./program
