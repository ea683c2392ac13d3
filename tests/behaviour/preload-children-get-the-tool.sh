#!/usr/bin/env bash
# Programs that the program starts, and children that it forks, have the tool as well.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

tool libtool.so <<<'int getppid(void) { return 7; }'
program program <<'END'
#include "claims.h"
#include <stdlib.h>
#include <unistd.h>
#include <sys/wait.h>
int main(int count, char **arguments) {
    if (count > 1) return getppid();
    int status = 0, forked = 0;
    pid_t child = fork();
    if (child == 0) _exit(getppid());
    waitpid(child, &forked, 0);
    child = vfork();
    if (child == 0) {
        execl(arguments[0], arguments[0], "again", (char *)0);
        _exit(1);
    }
    waitpid(child, &status, 0);
    CLAIM("fork", "%d", WEXITSTATUS(forked));
    CLAIM("vfork and exec", "%d", WEXITSTATUS(status));
    CLAIM("system", "%d", WEXITSTATUS(system("./program again")));
    return 0;
}
END
both_make_true libtool.so -- ./program <<'END'
fork           => 7
vfork and exec => 7
system         => 7
END
