// Counts, one step at a time, the instructions a program executes between its first two
// breakpoints.
//
//   steps PROGRAM ARGUMENT…    prints the count
//
// Exit code 77 where ptrace is not allowed.
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

// Continues with `request` until the child stops again; false if it stopped elsewhere than at
// a breakpoint. (A breakpoint instruction says SI_KERNEL, a step TRAP_TRACE.)
static int go(pid_t child, enum __ptrace_request request) {
  siginfo_t info;
  int status;
  if (ptrace(request, child, NULL, NULL) != 0) err(77, "ptrace");
  if (waitpid(child, &status, 0) != child) err(1, "waitpid");
  if (!WIFSTOPPED(status)) errx(1, "the program ended before its breakpoints");
  if (WSTOPSIG(status) != SIGTRAP) errx(1, "the program got signal %d", WSTOPSIG(status));
  if (ptrace(PTRACE_GETSIGINFO, child, NULL, &info) != 0) err(1, "PTRACE_GETSIGINFO");
  return info.si_code == SI_KERNEL;
}

int main(int argc, char** argv) {
  if (argc < 2) errx(1, "usage: steps PROGRAM ARGUMENT…");
  pid_t child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) err(77, "PTRACE_TRACEME");
    execv(argv[1], argv + 1);
    err(1, "%s", argv[1]);
  }
  int status;
  if (waitpid(child, &status, 0) != child) err(1, "waitpid");
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  if (!go(child, PTRACE_CONT)) errx(1, "the program stopped before its breakpoint");
  long count = 0;
  while (!go(child, PTRACE_SINGLESTEP)) ++count;
  printf("%ld\n", count);
  kill(child, SIGKILL);
  return 0;
}
