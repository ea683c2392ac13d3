#!/usr/bin/env bash
# A child of fork finds hooked functions by dlsym, whatever the parent's other threads were doing at that moment.
# shellcheck source=tests/behaviour/tool.bash
source "$(dirname "$0")/tool.bash"

caller program <<'END_OF_PROGRAM'
#define _GNU_SOURCE
#include <bulkhead/tool.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
static int replacement(void) { return 7; }
static int stop;
static int finds(void) { return dlsym(RTLD_DEFAULT, "getppid") == (void *)replacement; }
static void *work(void *data) {
    while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) finds();
    return 0;
}
int main(void) {
    bh_hook_request request = {.size = sizeof request, .name = "getppid", .replacement = (void *)replacement, .flags = BH_HOOK_OWN_CALLS};
    bh_hook *hook;
    if (bh_tool_hook(&request, 1, &hook, 0) != BH_OK) return 9;
    pthread_t threads[2];
    for (int i = 0; i < 2; ++i) pthread_create(&threads[i], 0, work, 0);
    int wrong = 0;
    for (int i = 0; i < 2000 && wrong < 3; ++i) {
        pid_t child = fork();
        if (child == 0) {
            alarm(5);
            _exit(finds() ? 0 : 1);
        }
        int status;
        waitpid(child, &status, 0);
        wrong += status != 0;
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
    for (int i = 0; i < 2; ++i) pthread_join(threads[i], 0);
    printf("%d children failed\n", wrong);
    return 0;
}
END_OF_PROGRAM
expect "0 children failed" ./program
