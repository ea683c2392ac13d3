/* A preload library that makes a program stand still at its $HOLD_AT-th frame, so that two runs of it can be
   photographed at the same moment. It then makes the file $HOLD_FILE, and waits for the signal that ends it.

   A frame is a call of the function that $HOLD_BY names, one by which programs show frames. It is looked up where the
   program would have found it, in a library of the base or in a shim. What programs draw also depends on time and chance: with $HOLD_TIME
   SDL's clocks advance by 20 ms a frame, and every sequence of random numbers starts from the same seed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static unsigned frames;

static void *next(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL) {
        fprintf(stderr, "hold: there is no %s\n", name);
        abort();
    }
    return found;
}

static void stand_still(void)
{
    const char *name = getenv("HOLD_FILE");
    FILE *file = name != NULL ? fopen(name, "we") : NULL;
    if (file == NULL)
        abort();
    fclose(file);
    for (;;)
        pause();
}

static int is_the_frame(const char *function)
{
    const char *by = getenv("HOLD_BY"), *at = getenv("HOLD_AT");
    return by != NULL && at != NULL && strcmp(by, function) == 0 && ++frames == strtoul(at, NULL, 10);
}

void SDL_GL_SwapWindow(void *window)
{
    ((void (*)(void *))next("SDL_GL_SwapWindow"))(window);
    if (is_the_frame("SDL_GL_SwapWindow")) {
        /* SDL asks the X server for events, and what waits to be sent is sent. */
        ((void (*)(void))next("SDL_PumpEvents"))();
        stand_still();
    }
}

/* vkcube shows frames by a function that it asks the driver for. Before each it asks for events until there are
   none. */
void *xcb_poll_for_event(void *connection)
{
    void *event = ((void *(*)(void *))next("xcb_poll_for_event"))(connection);
    if (event == NULL && is_the_frame("xcb_poll_for_event"))
        stand_still();
    return event;
}

/* testvulkan does the same with SDL. */
int SDL_PollEvent(void *event)
{
    int found = ((int (*)(void *))next("SDL_PollEvent"))(event);
    if (found == 0 && is_the_frame("SDL_PollEvent"))
        stand_still();
    return found;
}

uint32_t SDL_GetTicks(void)
{
    return getenv("HOLD_TIME") != NULL ? 20 * frames : ((uint32_t(*)(void))next("SDL_GetTicks"))();
}

uint64_t SDL_GetPerformanceCounter(void)
{
    if (getenv("HOLD_TIME") == NULL)
        return ((uint64_t(*)(void))next("SDL_GetPerformanceCounter"))();
    return frames * ((uint64_t(*)(void))next("SDL_GetPerformanceFrequency"))() / 50;
}

void srand(unsigned seed)
{
    ((void (*)(unsigned))next("srand"))(getenv("HOLD_TIME") != NULL ? 1 : seed);
}

void srandom(unsigned seed)
{
    ((void (*)(unsigned))next("srandom"))(getenv("HOLD_TIME") != NULL ? 1 : seed);
}
