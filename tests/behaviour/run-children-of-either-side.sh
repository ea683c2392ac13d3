#!/bin/bash
# fork, vfork, exec, posix_spawn, popen and system, called by the program and in a capsule: handlers
# of pthread_atfork run in one order, and children use the library and open more.
. "${0%/*}/lib.sh"

library libplugin.so <<<'int plugin(void) { return 9; }'
library libinside.so.1 -ldl -pthread <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
extern char **environ;
int inside(void) { return 5; }
int opens(void) { void *handle = dlopen("libplugin.so", RTLD_NOW); int (*f)(void) = handle ? dlsym(handle, "plugin") : NULL; return f ? f() : -1; }
static void before(void) { printf("in-before "); }
static void parent(void) { printf("in-parent "); }
static void child(void) { printf("in-child "); }
void watch(void) { pthread_atfork(before, parent, child); }
static int status_of(pid_t pid) { int status; waitpid(pid, &status, 0); return WEXITSTATUS(status); }
int forks(void) {
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) { fflush(stdout); _exit(inside() + opens()); }
  return status_of(pid);
}
void starts(void) {
  pid_t pid = vfork();
  if (pid == 0) { execl("/bin/echo", "echo", "vfork", NULL); _exit(1); }
  status_of(pid);
  char *arguments[] = {"echo", "spawn", NULL}, line[20];
  if (posix_spawnp(&pid, "echo", NULL, NULL, arguments, environ) == 0) status_of(pid);
  FILE *pipe = popen("echo popen", "r");
  fputs(fgets(line, sizeof line, pipe), stdout);
  pclose(pipe);
  fflush(stdout);
  system("echo system");
}
END
program main "$libs/libinside.so.1" -pthread <<'END'
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int inside(void), opens(void), forks(void);
void watch(void), starts(void);
static void before(void) { printf("before "); }
static void parent(void) { printf("parent "); }
static void child(void) { printf("child "); }
int main(int count, char **arguments) {
  if (count > 1) { printf("executed %d\n", opens()); return 0; }
  starts();
  pthread_atfork(before, parent, child);
  watch();
  // Of a child of a child of a child, as a daemon is.
  if (fork() == 0) {
    if (fork() == 0) {
      printf("%d %d %d\n", inside(), opens(), forks());
      fflush(stdout);
    } else {
      wait(NULL);
    }
    _exit(0);
  }
  wait(NULL);
  printf("%d %d %d\n", inside(), forks(), opens());
  fflush(stdout);
  if (vfork() == 0) { execl(arguments[0], arguments[0], "again", NULL); _exit(1); }
  wait(NULL);
  execl(arguments[0], arguments[0], "again", NULL);
}
END
LD_LIBRARY_PATH=$libs ./main >native
grep -q '^in-before before child in-child .*5 9 14$' native || fail "the fixture is wrong: $(<native)"
[[ $(grep -c '^executed 9$' native) == 2 ]] || fail "the fixture is wrong: $(<native)"
expect "$(<native)" run libinside.so.1 -- ./main
