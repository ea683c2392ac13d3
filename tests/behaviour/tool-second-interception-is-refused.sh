#!/usr/bin/env bash
# A program's system calls are intercepted once. A second wish is refused, and does not disturb the first, whose
# callbacks are running in other threads.
# shellcheck source=tests/behaviour/tool.bash
source "$(dirname "$0")/tool.bash"

caller program <<'END_OF_PROGRAM'
#include <bulkhead/tool.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
static bh_verdict before(bh_call *call, void *context) {
    if (call->number != SYS_getppid) return BH_PASS_ON;
    call->result = *(int *)context;
    return BH_ANSWERED;
}
static int ready, stop;
static void *work(void *wrong) {
    while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
        *(int *)wrong += getppid() != 7;
        __atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
    }
    return 0;
}
int main(void) {
    int answer = 7, wrong[4] = {}, refused = 0;
    bh_error *error = 0;
    if (bh_tool_intercept(before, 0, &answer, 0, &error) != BH_OK) return puts(bh_error_text(error)), 1;
    pthread_t threads[4];
    for (int i = 0; i < 4; ++i) pthread_create(&threads[i], 0, work, &wrong[i]);
    while (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE)) usleep(1000);
    for (int i = 0; i < 2000; ++i) refused += bh_tool_intercept(0, 0, 0, 0, 0) == BH_CONFLICT;
    __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
    for (int i = 0; i < 4; ++i) pthread_join(threads[i], 0);
    printf("%d refused, %d wrong\n", refused, wrong[0] + wrong[1] + wrong[2] + wrong[3]);
    return 0;
}
END_OF_PROGRAM
expect "2000 refused, 0 wrong" ./program
