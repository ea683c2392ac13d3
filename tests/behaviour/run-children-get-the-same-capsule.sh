#!/bin/bash
# Programs that the program starts use the exposed library too, however they are started: as long as they get its
# environment. With --no-inherit they use this system's, and see no trace of the shims.
. "${0%/*}/lib.sh"

library libexposed.so.1 <<<'int exposed(void) { return 42; }'
at=$host library libexposed.so.1 <<<'int exposed(void) { return 7; }'
at=$host library libmarker.so.1 <<<'int marker(void) { return 3; }'
program child "$libs/libexposed.so.1" <<<'#include <stdio.h>
int exposed(void); int main(void) { printf("%d\n", exposed()); }'
cat >parent.c <<'END'
#include <dlfcn.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
extern char **environ;
static int own(void) {
#ifdef BY_NAME
  return ((int (*)(void))dlsym(dlopen("libexposed.so.1", RTLD_NOW), "exposed"))();
#else
  extern int exposed(void);
  return exposed();
#endif
}
int main(int count, char **arguments, char **environment) {
  char *child[] = {arguments[2], arguments[3], NULL};
  pid_t pid = 0;
  if (arguments[1][0] != '-') printf("%d ", own()), fflush(stdout);
  switch (arguments[1][strspn(arguments[1], "-")]) {
    case 'e': execv(child[0], child); break;
    case 'f':
      if ((pid = fork()) == 0) execv(child[0], child), _exit(1);
      break;
    case 'v':
      if ((pid = vfork()) == 0) execve(child[0], child, environment), _exit(1);
      break;
    case 'p': posix_spawn(&pid, child[0], NULL, NULL, child, environ); break;
    case 's': return system(child[0]);
    case 'o': {  // an environment of its own, which keeps what matters
      char *path = NULL, *kept[] = {NULL, NULL};
      if (getenv("LD_LIBRARY_PATH")) asprintf(&kept[0], "LD_LIBRARY_PATH=%s", getenv("LD_LIBRARY_PATH"));
      execve(child[0], child, kept);
      break;
    }
    case 'l': return !dlopen("libmarker.so.1", RTLD_NOW) || own() != 42;
  }
  waitpid(pid, NULL, 0);
}
END
program parent -D_GNU_SOURCE "$libs/libexposed.so.1" <parent.c
program opener -D_GNU_SOURCE -DBY_NAME <parent.c
ways=(exec fork vfork posix_spawn system own-environment)
export LD_LIBRARY_PATH=$host:/nowhere
for way in "${ways[@]}"; do
    for program in parent opener; do
        expect $'42 42' run libexposed.so.1 -- ./$program "$way" ./child
        expect $'42 42' run libexposed.so.1 --inherit -- ./$program "$way" ./child
        expect $'42 7' run libexposed.so.1 --no-inherit -- ./$program "$way" ./child
    done
    # Before the program has loaded any, the children have what it was given.
    expect 42 run libexposed.so.1 --no-inherit -- ./opener "-$way" ./child
done
# Inside the program nothing changes: what it opens by name later is found as before.
expect '42 ' run libexposed.so.1 --no-inherit -- ./opener load unused unused
# A script that starts the program has not used the library itself.
expect $'42 7' run libexposed.so.1 --no-inherit -- /bin/sh -c './parent exec ./child'

# The rest of the environment, and of the variable, is as it was.
environment() { # VALUE-OF-LD_LIBRARY_PATH or -
    if [[ $1 == - ]]; then unset LD_LIBRARY_PATH; else export LD_LIBRARY_PATH=$1; fi
    LANG=x AFTER=y run libexposed.so.1 --no-inherit -- ./parent exec /usr/bin/env | sed 's/^42 //' | sort
    LANG=x AFTER=y env | sort >&3
}
for path in - "$host" "$host:/b:" "/a:$host;/b/"; do
    got=$(environment "$path" 3>natively)
    diff <(grep -Ev '^(_|SHLVL)=' <<<"$got") <(grep -Ev '^(_|SHLVL)=' natively) || fail "another environment, LD_LIBRARY_PATH being $path"
done
# From a directory of shims, by whatever name.
unset LD_LIBRARY_PATH
"$bulkhead" shim --tree "$tree" --expose libexposed.so.1 --no-inherit -o shims
for path in "$scratch/shims:$host" "shims/:$host" "$host/../shims//:$host"; do
    LD_LIBRARY_PATH=$path expect $'42 7' ./parent fork ./child
done
