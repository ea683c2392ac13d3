/* A preload library that tells what the program it is in can see, when the program ends or gets SIGTERM.

   It writes $BASEMAPS_DIR/<program>.<pid>, a fact a line:

       base FILE            a library of the base namespace, which is where the program and this library are
       map FILE             a file that is mapped, in whichever namespace
       symbol NAME FILE     what dlsym(RTLD_DEFAULT) finds for each of $BASEMAPS_SYMBOLS: the file it lies in, or "none"
       string NAME TEXT     what NAME(), a function without arguments, returns: for each of $BASEMAPS_STRINGS

   Only the base namespace is in ld.so's list for debuggers that _r_debug begins with, so nothing of a capsule is among
   the "base" lines unless it leaked out of it. (dl_iterate_phdr shows a program its capsules, too.) */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Kept from the start: servers write what they do over their name. */
static char program[256];

static void write_base(FILE *out)
{
    for (const struct link_map *object = _r_debug.r_map; object != NULL; object = object->l_next)
        if (object->l_name[0] != '\0')
            fprintf(out, "base %s\n", object->l_name);
}

static void write_maps(FILE *out)
{
    char line[4096 + 256];
    FILE *maps = fopen("/proc/self/maps", "re");
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        char *path = strchr(line, '/');
        if (path != NULL)
            fprintf(out, "map %s", path);
    }
    if (maps != NULL)
        fclose(maps);
}

static void write_symbol(FILE *out, const char *name)
{
    Dl_info where;
    void *address = dlsym(RTLD_DEFAULT, name);
    if (address == NULL)
        fprintf(out, "symbol %s none\n", name);
    else
        fprintf(out, "symbol %s %s\n", name, dladdr(address, &where) != 0 ? where.dli_fname : "nowhere");
}

static void write_string(FILE *out, const char *name)
{
    const char *(*function)(void) = (const char *(*)(void))dlsym(RTLD_DEFAULT, name);
    fprintf(out, "string %s %s\n", name, function != NULL ? function() : "none");
}

static void write_each(FILE *out, const char *variable, void (*write_one)(FILE *, const char *))
{
    char words[1024], *rest = words, *word;
    const char *value = getenv(variable);
    snprintf(words, sizeof words, "%s", value != NULL ? value : "");
    while ((word = strsep(&rest, " ")) != NULL)
        if (word[0] != '\0')
            write_one(out, word);
}

__attribute__((destructor)) static void write_all(void)
{
    char path[4096];
    const char *directory = getenv("BASEMAPS_DIR");
    if (directory == NULL)
        return;
    snprintf(path, sizeof path, "%s/%s.%ld", directory, program, (long)getpid());
    FILE *out = fopen(path, "we");
    if (out == NULL)
        return;
    write_base(out);
    write_maps(out);
    write_each(out, "BASEMAPS_SYMBOLS", write_symbol);
    write_each(out, "BASEMAPS_STRINGS", write_string);
    fclose(out);
}

/* glxgears and vkcube run until they are stopped, and a signal's default action runs no destructor.
   A thread waits for the signal: a handler might interrupt malloc, which writing needs. */
static void *wait_for_signal(void *signals)
{
    int signal_number;
    if (sigwait(signals, &signal_number) == 0) {
        write_all();
        _exit(128 + signal_number);
    }
    return NULL;
}

__attribute__((constructor)) static void watch(void)
{
    static sigset_t signals;
    sigset_t all, before;
    pthread_t thread;
    snprintf(program, sizeof program, "%s", program_invocation_short_name);
    /* Which stops the program by a signal to the whole group, itself included. */
    if (strcmp(program, "timeout") == 0)
        return;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    /* The thread gets no signal of the program's own, whose handler may have to interrupt the program's thread. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&thread, NULL, wait_for_signal, &signals) == 0)
        sigaddset(&before, SIGTERM);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
