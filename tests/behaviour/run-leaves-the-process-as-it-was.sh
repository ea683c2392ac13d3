#!/bin/bash
# A good guest: no descriptor, no thread, no signal mask or handler, no locale, no umask, no
# working directory, no errno, and of the environment LD_LIBRARY_PATH alone is changed.
. "${0%/*}/lib.sh"

library libexposed.so.1 <<<'int exposed(void) { return 1; }'
program main "$libs/libexposed.so.1" <<END
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
int exposed(void);
extern char **environ;
static int first_errno;
static void early(void) { errno = EXDEV; }
__attribute__((section(".preinit_array"))) void *entry = early;
__attribute__((constructor)) static void late(void) { first_errno = errno; }
int main(void) {
  char directory[999];
  sigset_t blocked;
  struct sigaction action;
  exposed();
  printf("errno %d umask %o cwd %s locale %s\n", first_errno == EXDEV, umask(0), getcwd(directory, 999), setlocale(LC_ALL, NULL));
  sigprocmask(SIG_BLOCK, NULL, &blocked);
  for (int i = 1; i < 65; i++) {
    if (sigismember(&blocked, i) == 1) printf("blocked %d\n", i);
    if (sigaction(i, NULL, &action) == 0 && action.sa_handler != SIG_DFL) printf("handled %d\n", i);
  }
  for (char **e = environ; *e; e++) if (strncmp(*e, "LD_LIBRARY_PATH=", 16)) puts(*e);
  fflush(stdout);
  system("for f in /proc/\$PPID/fd/*; do echo \${f##*/} \$(readlink \$f); done; grep Threads /proc/\$PPID/status");
}
END
umask 27
clean=(env -i FOO=bar "PATH=$PATH" "XDG_CACHE_HOME=$XDG_CACHE_HOME")
"${clean[@]}" "LD_LIBRARY_PATH=$libs" ./main </dev/null >native 2>/dev/null 3</dev/null 5</dev/zero
"${clean[@]}" "$bulkhead" run --tree "$tree" --expose libexposed.so.1 -- ./main </dev/null >inside 2>/dev/null 3</dev/null 5</dev/zero
sed -i 's#'"$scratch"'/[a-z]*$#OUTPUT#' native inside
grep -q "errno 1 umask 27" native || fail "the fixture is wrong: $(<native)"
cmp -s native inside || fail "differs from native: $(diff native inside)"
# With descriptors 0 to 2 closed none of ours takes their place.
program closed "$libs/libexposed.so.1" <<END
#include <fcntl.h>
int exposed(void);
int main(void) { return 10 * exposed() + open("/dev/null", O_RDONLY); }
END
"$bulkhead" shim --tree "$tree" --expose libexposed.so.1 -o shims
status=0
LD_LIBRARY_PATH=shims ./closed <&- >&- 2>&- || status=$?
[[ $status == 10 ]] || fail "exit $status instead of 10"
