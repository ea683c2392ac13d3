// Every way to make a child: its calls are seen from its first on, and its parent's as before.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"

extern char **environ;

static int status_of(pid_t child) {
  int status = -1;
  CHECK(child > 0);
  CHECK_EQUAL(waitpid(child, &status, __WALL), child);
  CHECK(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static void expect_seen(unsigned long before, unsigned long count) {
  CHECK_EQUAL(observed(SYS_getppid) - before, count);
}

static void fork_child(void) {
  unsigned long before = observed(SYS_getppid);
  for (int i = 0; i < 50; i++) {
    syscall(SYS_getppid);
    pid_t child = i % 2 ? fork() : (pid_t)syscall(SYS_fork);
    if (child == 0) {
      for (int k = 0; k < 10; k++) syscall(SYS_getppid);
      pid_t grandchild = fork();
      if (grandchild == 0) syscall(SYS_getppid), _exit(3);
      _exit(status_of(grandchild) + 4);
    }
    CHECK_EQUAL(status_of(child), 7);
  }
  expect_seen(before, 50 * 12);
}

static void vfork_child(void) {
  unsigned long before = observed(SYS_getppid);
  for (int i = 0; i < 50; i++) {
    volatile int shared = 0;
    syscall(SYS_getppid);
    pid_t child = vfork();
    if (child == 0) {
      // Uses the stack that the parent will go on with.
      char text[3000];
      memset(text, 0x55, sizeof text);
      __asm__ volatile("" ::"r"(text) : "memory");
      for (int k = 0; k < 10; k++) syscall(SYS_getppid);
      shared = 5;
      _exit(7);
    }
    CHECK_EQUAL(shared, 5);
    CHECK_EQUAL(status_of(child), 7);
    syscall(SYS_getppid);
  }
  expect_seen(before, 50 * 12);
}

static void vfork_exec(void) {
  volatile long first = 0;
  for (volatile int i = 0; i < 300; i++) {
    if (i == 50) first = resident();
    pid_t child = vfork();
    if (child == 0) {
      execl("/bin/true", "true", NULL);
      _exit(errno == EPERM ? 9 : 8);
    }
    CHECK_EQUAL(status_of(child), observer.no_exec ? 9 : 0);
  }
  CHECK(resident() - first < 1000);
}

static void posix_spawned(void) {
  unsigned long before = observed(SYS_execve);
  for (int i = 0; i < 20; i++) {
    pid_t child;
    char *words[] = {"sh", "-c", "exit 7", NULL};
    int error = posix_spawn(&child, "/bin/sh", NULL, NULL, words, environ);
    CHECK_EQUAL(error, observer.no_exec ? EPERM : 0);
    if (error == 0) CHECK_EQUAL(status_of(child), 7);
  }
  CHECK(observed(SYS_execve) - before >= 20);
  CHECK_EQUAL(syscall(SYS_getppid), getppid());
}

static void system_call(void) {
  int status = system("exit 5");
  // A shell that cannot be started: -1 before glibc 2.33, later as if it had ended with 127.
  if (!observer.no_exec || status != -1) CHECK_EQUAL(WEXITSTATUS(status), observer.no_exec ? 127 : 5);
  FILE *pipe = popen("echo hello; exit 4", "r");
  if (observer.no_exec) {
    CHECK(pipe == NULL);
    return;
  }
  char line[100] = "";
  CHECK(fgets(line, sizeof line, pipe) && strcmp(line, "hello\n") == 0);
  CHECK_EQUAL(WEXITSTATUS(pclose(pipe)), 4);
}

static void exec_leaves_it_behind(void) {
  if (observer.no_exec) SKIP("exec is refused");
  int ends[2];
  CHECK_EQUAL(pipe(ends), 0);
  if (fork() == 0) {
    dup2(ends[1], 1);
    unsetenv("LD_PRELOAD");
    execl("/bin/cat", "cat", "/proc/self/status", NULL);
    _exit(1);
  }
  close(ends[1]);
  char text[10000];
  ssize_t size, sum = 0;
  while ((size = read(ends[0], text + sum, sizeof text - 1 - sum)) > 0) sum += size;
  text[sum] = 0;
  CHECK(strstr(text, "Name:\tcat"));
  CHECK(strstr(text, "SigBlk:\t0000000000000000"));
}

static long clone3_call(struct clone_args *arguments, size_t size) {
  return syscall(SYS_clone3, arguments, size);
}

static void clone3_fork(void) {
  unsigned long before = observed(SYS_getppid);
  int pidfd = -1;
  struct clone_args arguments = {.flags = CLONE_PIDFD, .pidfd = (long)&pidfd, .exit_signal = SIGCHLD};
  for (int i = 0; i < 20; i++) {
    long child = clone3_call(&arguments, sizeof arguments);
    if (child < 0 && errno == ENOSYS) SKIP("this kernel has no clone3");
    if (child == 0) syscall(SYS_getppid), _exit(6);
    CHECK(pidfd > 2);
    close(pidfd);
    CHECK_EQUAL(status_of(child), 6);
  }
  expect_seen(before, 20);
}

// The action for SIGSYS is gone in the child, and has to be set again.
static void clone3_clear_handlers(void) {
  unsigned long before = observed(SYS_getppid);
  struct clone_args arguments = {.flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD};
  signal(SIGUSR1, SIG_IGN);
  signal(SIGUSR2, exit);
  long child = clone3_call(&arguments, sizeof arguments);
  if (child < 0 && errno == ENOSYS) SKIP("this kernel has no clone3");
  if (child == 0) {
    struct sigaction action;
    sigaction(SIGUSR2, NULL, &action);
    syscall(SYS_getppid);
    _exit(action.sa_handler == SIG_DFL ? 6 : 1);
  }
  CHECK_EQUAL(status_of(child), 6);
  expect_seen(before, 1);
}

static int on_a_stack(void *argument) {
  char text[2000];
  memset(text, 1, sizeof text);
  __asm__ volatile("" ::"r"(text) : "memory");
  for (int i = 0; i < 10; i++) syscall(SYS_getppid);
  ++*(volatile int *)argument;
  return 6;
}

static void clone_with_stack(void) {
  unsigned long before = observed(SYS_getppid);
  static int runs;
  char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  // Copied memory; shared memory; shared while the parent waits; the same with its signal actions.
  int flags[] = {SIGCHLD, CLONE_VM | SIGCHLD, CLONE_VM | CLONE_VFORK | SIGCHLD,
                 CLONE_VM | CLONE_SIGHAND | SIGCHLD, CLONE_VM | CLONE_FS | CLONE_FILES};
  for (int i = 0; i < 50; i++) {
    for (int k = 0; k < 5; k++) {
      CHECK_EQUAL(status_of(clone(on_a_stack, stack + 65536 - 8 * (i % 5), flags[k], &runs)), 6);
    }
  }
  CHECK_EQUAL(runs, 50 * 4);
  expect_seen(before, 50 * 5 * 10);
}

// A child that cannot be made leaves all as it was.
static void failing_clone(void) {
  long first = 0;
  for (int i = 0; i < 3000; i++) {
    if (i == 100) first = resident();
    CHECK_EQUAL(syscall(SYS_clone, CLONE_VM | CLONE_THREAD, 0, 0, 0, 0), -1);
    CHECK_EQUAL(errno, EINVAL);
  }
  CHECK(resident() - first < 1000);
  CHECK_EQUAL(syscall(SYS_getpid), getpid());
  fork_child();
}

static volatile sig_atomic_t got;
static void on_signal(int number) { got = number; }

// The parent's signals and mask are its own, whatever was blocked meanwhile.
static void masks_of_both(void) {
  sigset_t blocked, after;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR2);
  sigprocmask(SIG_SETMASK, &blocked, NULL);
  signal(SIGUSR1, on_signal);
  pid_t child = syscall(SYS_fork);
  sigprocmask(SIG_BLOCK, NULL, &after);
  CHECK(sigismember(&after, SIGUSR2) && !sigismember(&after, SIGUSR1) && !sigismember(&after, SIGTERM));
  raise(SIGUSR1);
  CHECK_EQUAL(got, SIGUSR1);
  if (child == 0) _exit(0);
  CHECK_EQUAL(status_of(child), 0);
}

static unsigned long *handler_runs;
static void count_run(int number) {
  (void)number;
  __atomic_fetch_add(handler_runs, 1, __ATOMIC_RELAXED);
  syscall(SYS_getppid);
}

// Signals that reach a child at once: its handlers' calls are seen too.
static void signals_at_birth(void) {
  handler_runs = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  unsigned long before = observed(SYS_getppid);
  CHECK_EQUAL(setpgid(0, 0), 0);
  signal(SIGUSR1, SIG_IGN);
  pid_t sender = fork();
  if (sender == 0) {
    for (;;) kill(0, SIGUSR1);
  }
  struct sigaction action = {.sa_handler = count_run, .sa_flags = SA_RESTART};
  sigaction(SIGUSR1, &action, NULL);
  // On a busy machine the sender may not run for a while.
  for (int i = 0; i < 1000 || __atomic_load_n(handler_runs, __ATOMIC_RELAXED) <= 1000; i++) {
    pid_t child = (pid_t)syscall(SYS_fork);
    if (child == 0) _exit(0);
    CHECK_EQUAL(status_of(child), 0);
  }
  kill(sender, SIGKILL);
  CHECK_EQUAL(waitpid(sender, NULL, 0), sender);
  CHECK_EQUAL(observed(SYS_getppid) - before, *handler_runs);
}

MAIN({"signals_at_birth", signals_at_birth}, {"fork_child", fork_child}, {"vfork_child", vfork_child}, {"vfork_exec", vfork_exec},
     {"posix_spawned", posix_spawned}, {"system_call", system_call},
     {"exec_leaves_it_behind", exec_leaves_it_behind}, {"clone3_fork", clone3_fork},
     {"clone3_clear_handlers", clone3_clear_handlers}, {"clone_with_stack", clone_with_stack},
     {"failing_clone", failing_clone}, {"masks_of_both", masks_of_both})
