#!/bin/bash
# Where no memory is left the interface's functions fail with an error, at whatever moment that is; the program goes on.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

library libinner.so.1 <<<'int inner(void) { return 41; }'
library libthing.so.1 "$libs/libinner.so.1" <<<'int inner(void); int thing(void) { return inner() + 1; }'
caller program <<'END_OF_SOURCE'
#include <bulkhead/bulkhead.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
static unsigned long pages(void) {
    unsigned long size = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (fscanf(file, "%lu", &size) != 1) abort();
    fclose(file);
    return size;
}
/* 0: it worked; 1: an error with a text. */
static int attempt(unsigned long room) {
    struct rlimit limit = {(pages() + room) * sysconf(_SC_PAGESIZE), RLIM_INFINITY};
    setrlimit(RLIMIT_AS, &limit);
    bh_capsule_options options = {.size = sizeof options, .tree = getenv("TREE")};
    bh_error *error = NULL;
    bh_capsule *capsule = NULL;
    bh_library *library = NULL;
    int (*thing)(void) = NULL;
    bh_code code = bh_capsule_open(&options, &capsule, &error);
    if (code == BH_OK) code = bh_library_open(capsule, "libthing.so.1", 0, &library, &error);
    if (code == BH_OK) thing = (int (*)(void))bh_symbol(library, "thing", NULL, &error);
    if (thing) return thing() == 42 ? 0 : 2;
    return strlen(bh_error_text(error)) > 0 ? 1 : 3;
}
int main(void) {
    int worked = 0, failed = 0;
    for (unsigned long room = 0; room < 1200; room += room < 300 ? 8 : 50) {
        int status;
        fflush(stdout);
        if (fork() == 0) _exit(attempt(room));
        wait(&status);
        if (!WIFEXITED(status) || WEXITSTATUS(status) > 1) return printf("with room for %lu pages: status %x\n", room, status), 1;
        WEXITSTATUS(status) ? ++failed : ++worked;
    }
    printf("%s %s\n", worked ? "works" : "never works", failed ? "fails" : "never fails");
}
END_OF_SOURCE
export TREE=$tree
expect "works fails" ./program

# The command: this system's libraries, if that was asked for; else a message.
at=$host library libthing.so.1 <<<'int thing(void) { return 1; }'
program plain "$host/libthing.so.1" "-Wl,-rpath,$host" -Wl,--enable-new-dtags <<'END_OF_SOURCE'
#include <stdio.h>
int thing(void);
int main(void) { return printf("%d\n", thing()) < 0; }
END_OF_SOURCE
for room in 2000 4000 6000 8000 10000 12000 16000 20000 40000; do
    native=0
    (ulimit -v $room && LD_LIBRARY_PATH=$host ./plain) >natively 2>&1 || native=$?
    # What does not fit in itself is the kernel's to end.
    (ulimit -v $room && "$bulkhead" --version) >said 2>&1 || native=$?
    [[ $native -eq 0 ]] || continue
    for options in "--no-cache" ""; do
        status=0
        # shellcheck disable=SC2086 # an option or none
        (ulimit -v $room && run libthing.so.1 $options --on-failure native -- ./plain) >said 2>why || status=$?
        [[ $status -eq 0 && ($(<said) == 1 || $(<said) == 42) ]] || fail "$room $options: exit $status $(<said) $(<why)"
        status=0
        # shellcheck disable=SC2086 # an option or none
        (ulimit -v $room && run libthing.so.1 $options -- ./plain) >said 2>why || status=$?
        [[ $status -eq 0 && $(<said) == 42 || $status -eq 125 || $status -eq 127 ]] || fail "stop: $room $options: exit $status $(<said) $(<why)"
    done
done
