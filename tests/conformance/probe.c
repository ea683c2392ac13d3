/* Opens one library and tells whether it is the one that was meant.

       probe MODE NAME FILE SYMBOL

   MODE: "lazy" or "now", how to bind. NAME: what to dlopen. FILE: the file which must be mapped then;
   the base namespace must not have it, unless NAME is that file itself (the native comparison).
   SYMBOL: a function of the library, which must lie in that file, or "-".

   Prints a line: "opened", or why not. Needs libc.so.6 and libdl.so.2 alone and runs on glibc 2.31: it is
   linked with old_glibc.h and without the start files of the system it is compiled on. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* On its own stack, aligned, with the words that the kernel left there. */
__asm__(".globl _start\n"
        "_start: xor %ebp, %ebp\n"
        "        mov %rsp, %rdi\n"
        "        and $-16, %rsp\n"
        "        call start\n"
        "        hlt\n");

static int fail(const char *what, const char *more)
{
    printf("%s%s\n", what, more);
    return 1;
}

static int is_mapped(const char *file)
{
    char line[PATH_MAX + 256];
    FILE *maps = fopen("/proc/self/maps", "re");
    int found = 0;
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        char *path = strchr(line, '/');
        line[strcspn(line, "\n")] = '\0';
        found |= path != NULL && strcmp(path, file) == 0;
    }
    if (maps != NULL)
        fclose(maps);
    return found;
}

/* By ld.so's list, in which only the base namespace is: dl_iterate_phdr shows a program its capsules, too. */
static int is_in_base(const char *file)
{
    char path[PATH_MAX];
    struct link_map *object = NULL;
    if (dlinfo(dlopen(NULL, RTLD_LAZY), RTLD_DI_LINKMAP, &object) != 0)
        return fail("dlinfo: ", dlerror());
    for (; object != NULL; object = object->l_next)
        if (realpath(object->l_name, path) != NULL && strcmp(path, file) == 0)
            return 1;
    return 0;
}

static int probe(const char *mode, const char *name, char *file, const char *symbol)
{
    char path[PATH_MAX];
    Dl_info where;
    void *handle = dlopen(name, strcmp(mode, "lazy") == 0 ? RTLD_LAZY : RTLD_NOW);
    if (handle == NULL)
        return fail("dlopen: ", dlerror());
    if (!is_mapped(file))
        return fail("wrong: dlopen succeeded, but not mapped is ", file);
    if (name[0] != '/' && is_in_base(file))
        return fail("wrong: in the base namespace is ", file);
    if (strcmp(symbol, "-") != 0) {
        void *address = dlsym(handle, symbol);
        if (address == NULL)
            return fail("dlsym: ", dlerror());
        if (dladdr(address, &where) == 0 || realpath(where.dli_fname, path) == NULL)
            return fail("wrong: in no file is ", symbol);
        if (strcmp(path, file) != 0)
            return fail("wrong: its symbol lies in ", path);
    }
    puts("opened");
    return 0;
}

void start(long *words)
{
    char **arguments = (char **)(words + 1);
    if (words[0] != 5)
        exit(fail("usage: probe lazy|now NAME FILE SYMBOL|-", ""));
    exit(probe(arguments[1], arguments[2], arguments[3], arguments[4]));
}
