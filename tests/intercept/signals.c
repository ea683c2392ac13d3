// Signals behave as natively around calls that are intercepted, and calls in handlers are seen.
#define _GNU_SOURCE
#include <execinfo.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "case.h"

static volatile sig_atomic_t handled;
static void on_signal(int number) {
  (void)number;
  syscall(SYS_getppid);
  handled++;
}

static void handle(int number, void (*handler)(int), int flags) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  CHECK_EQUAL(sigaction(number, &action, NULL), 0);
}

// And again later: on a busy machine the first may come before the wait for it begins.
static void alarm_in(long microseconds) {
  struct itimerval timer = {.it_value.tv_usec = microseconds, .it_interval.tv_usec = 100000};
  CHECK_EQUAL(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

static void interrupted_calls_fail(void) {
  int ends[2];
  char byte;
  CHECK_EQUAL(pipe(ends), 0);
  handle(SIGALRM, on_signal, 0);
  unsigned long before = observed(SYS_getppid), reads = observed(SYS_read);
  for (int i = 0; i < 20; i++) {
    alarm_in(3000);
    CHECK_EQUAL(read(ends[0], &byte, 1), -1);
    CHECK_EQUAL(errno, EINTR);
  }
  alarm_in(0);
  CHECK(handled >= 20);
  CHECK_EQUAL(observed(SYS_getppid) - before, handled);
  CHECK_EQUAL(observed(SYS_read) - reads, 20);
}

static int write_end;
static void write_a_byte(int number) {
  on_signal(number);
  if (write(write_end, "x", 1) != 1) _exit(9);
}

static void interrupted_calls_restart(void) {
  int ends[2];
  char byte = 0;
  CHECK_EQUAL(pipe(ends), 0);
  write_end = ends[1];
  handle(SIGALRM, write_a_byte, SA_RESTART);
  unsigned long reads = observed(SYS_read);
  for (int i = 0; i < 20; i++) {
    alarm_in(3000);
    CHECK_EQUAL(read(ends[0], &byte, 1), 1);
    CHECK_EQUAL(byte, 'x');
  }
  CHECK(handled >= 20);
  CHECK_EQUAL(observed(SYS_read) - reads, 20);
}

// Calls that the kernel restarts with another number (restart_syscall), with the time that is left.
static void sleeps_go_on(void) {
  handle(SIGALRM, on_signal, SA_RESTART);
  struct timespec start, end, time = {.tv_nsec = 500000000}, left = {0, 0};
  alarm_in(10000);
  CHECK_EQUAL(nanosleep(&time, &left), -1);
  CHECK_EQUAL(errno, EINTR);
  CHECK(left.tv_nsec > 0 && left.tv_nsec < 495000000);
  alarm_in(0);
  time.tv_nsec = 50000000;
  clock_gettime(CLOCK_MONOTONIC, &start);
  pid_t child = fork();
  if (child == 0) {
    nanosleep(&time, NULL);  // stopped and continued meanwhile: nanosleep goes on
    _exit(0);
  }
  struct timespec pause_time = {.tv_nsec = 10000000};
  nanosleep(&pause_time, NULL);
  kill(child, SIGSTOP);
  waitpid(child, NULL, WUNTRACED);
  kill(child, SIGCONT);
  int status = -1;
  waitpid(child, &status, 0);
  clock_gettime(CLOCK_MONOTONIC, &end);
  CHECK_EQUAL(status, 0);
  CHECK((end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000 >= 49);
}

// Waiting with a mask for the time of the wait: none is lost between unblocking and waiting.
static void waits_with_a_mask(void) {
  sigset_t all, none, after;
  sigfillset(&all);
  sigemptyset(&none);
  handle(SIGUSR1, on_signal, 0);
  CHECK_EQUAL(sigprocmask(SIG_SETMASK, &all, NULL), 0);
  int epoll = epoll_create1(0);
  for (int i = 0; i < 100; i++) {
    raise(SIGUSR1);
    CHECK_EQUAL(handled, i);
    struct timespec long_time = {.tv_sec = 10};
    struct epoll_event event;
    sigset_t others = all;
    sigdelset(&others, SIGUSR1);
    const sigset_t* mask = i % 2 ? &none : &others;
    switch (i % 4) {
      case 0: CHECK_EQUAL(sigsuspend(mask), -1); break;
      case 1: CHECK_EQUAL(ppoll(NULL, 0, &long_time, mask), -1); break;
      case 2: CHECK_EQUAL(pselect(0, NULL, NULL, NULL, &long_time, mask), -1); break;
      case 3: CHECK_EQUAL(epoll_pwait(epoll, &event, 1, 10000, mask), -1); break;
    }
    CHECK_EQUAL(errno, EINTR);
    CHECK_EQUAL(handled, i + 1);
    sigprocmask(SIG_SETMASK, NULL, &after);
    CHECK(sigismember(&after, SIGUSR1) && sigismember(&after, SIGTERM));
    syscall(SYS_getppid);
  }
}

// A signal that is pending, and unblocked while all others, SIGSYS too, are blocked.
static void all_signals_blocked(void) {
  unsigned long before = observed(SYS_getppid);
  sigset_t all;
  sigfillset(&all);
  handle(SIGUSR1, on_signal, 0);
  for (int i = 0; i < 50; i++) {
    CHECK_EQUAL(sigprocmask(SIG_SETMASK, &all, NULL), 0);
    syscall(SYS_getppid);
    raise(SIGUSR1);
    sigset_t others = all;
    sigdelset(&others, SIGUSR1);
    CHECK_EQUAL(sigprocmask(SIG_SETMASK, &others, NULL), 0);
    CHECK_EQUAL(handled, i + 1);
    long mask = -1L;
    CHECK_EQUAL(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, 8), 0);
    syscall(SYS_getppid);
  }
  CHECK_EQUAL(observed(SYS_getppid) - before, 150);
}

static void handlers_block_everything(void) {
  unsigned long before = observed(SYS_getppid);
  struct sigaction action = {.sa_handler = on_signal}, old;
  sigfillset(&action.sa_mask);
  CHECK_EQUAL(sigaction(SIGUSR1, &action, NULL), 0);
  CHECK_EQUAL(sigaction(SIGUSR1, NULL, &old), 0);
  CHECK(old.sa_handler == on_signal && sigismember(&old.sa_mask, SIGTERM));
  for (int i = 0; i < 100; i++) raise(SIGUSR1);
  CHECK_EQUAL(handled, 100);
  CHECK_EQUAL(observed(SYS_getppid) - before, 100);
}

// A handler puts SIGSYS into the mask with which it returns.
static void add_all_to_mask(int number, siginfo_t* info, void* context) {
  (void)info;
  memset(&((ucontext_t*)context)->uc_sigmask, 0xff, 8);
  sigdelset(&((ucontext_t*)context)->uc_sigmask, number);
  handled++;
}
static void mask_of_the_context(void) {
  struct sigaction action = {.sa_sigaction = add_all_to_mask, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &action, NULL);
  for (int i = 0; i < 10; i++) raise(SIGUSR1), syscall(SYS_getppid);
  CHECK_EQUAL(handled, 10);
  sigset_t mask;
  sigprocmask(SIG_BLOCK, NULL, &mask);
  CHECK(sigismember(&mask, SIGTERM));
}

static volatile sig_atomic_t depth, deepest;
static void nest(int number) {
  depth++;
  if (depth > deepest) deepest = depth;
  syscall(SYS_getppid);
  if (number < SIGRTMIN + 6) raise(number + 1);
  syscall(SYS_getppid);
  depth--;
}

static void nested_handlers(void) {
  unsigned long before = observed(SYS_getppid);
  for (int i = 0; i < 7; i++) handle(SIGRTMIN + i, nest, i % 2 ? SA_ONSTACK : 0);
  for (int i = 0; i < 20; i++) raise(SIGRTMIN);
  CHECK_EQUAL(deepest, 7);
  CHECK_EQUAL(depth, 0);
  CHECK_EQUAL(observed(SYS_getppid) - before, 20 * 7 * 2);
}

static char *alternate, *seen_at;
static void note_stack(int number) {
  (void)number;
  char here;
  seen_at = &here;
  for (int i = 0; i < 10; i++) syscall(SYS_getppid);
  stack_t stack;
  CHECK_EQUAL(sigaltstack(NULL, &stack), 0);
  CHECK_EQUAL(stack.ss_flags & SS_ONSTACK, SS_ONSTACK);
  observer.busy = 1;
  syscall(SYS_getppid);
  observer.busy = 0;
  handled++;
}

static void alternate_stack(void) {
  size_t size = (size_t)sysconf(_SC_SIGSTKSZ);
  alternate = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  stack_t stack = {.ss_sp = alternate, .ss_size = size}, old;
  CHECK_EQUAL(sigaltstack(&stack, NULL), 0);
  handle(SIGUSR1, note_stack, SA_ONSTACK);
  handle(SIGALRM, note_stack, SA_ONSTACK);
  unsigned long before = observed(SYS_getppid);
  observer.busy = 1;
  for (int i = 0; i < 10; i++) syscall(SYS_getppid);
  observer.busy = 0;
  for (int i = 0; i < 20; i++) {
    raise(SIGUSR1);
    CHECK(seen_at > alternate && seen_at < alternate + size);
    alarm_in(2000);
    pause();
    CHECK(seen_at > alternate && seen_at < alternate + size);
  }
  alarm_in(0);
  CHECK(handled >= 40);
  CHECK_EQUAL(observed(SYS_getppid) - before, 10 + handled * 11);
  CHECK_EQUAL(sigaltstack(NULL, &old), 0);
  CHECK(old.ss_sp == alternate && old.ss_flags == 0 && old.ss_size == size);
  stack.ss_flags = SS_DISABLE;
  CHECK_EQUAL(sigaltstack(&stack, NULL), 0);
}

static void overflow_is_handled(int number) {
  (void)number;
  syscall(SYS_getppid);
  _exit(5);
}
static int recurse(int level) {
  volatile char room[1000];
  room[0] = (char)level;
  if (level % 100 == 0) syscall(SYS_getppid);
  if (level < 0) return 0;
  return recurse(level + 1) + room[0];
}
static void stack_overflow(void) {
  size_t size = (size_t)sysconf(_SC_SIGSTKSZ);
  stack_t stack = {.ss_sp = malloc(size), .ss_size = size};
  CHECK_EQUAL(sigaltstack(&stack, NULL), 0);
  pid_t child = fork();
  if (child == 0) {
    handle(SIGSEGV, overflow_is_handled, SA_ONSTACK);
    _exit(recurse(1));
  }
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 5);
}

// As goroutines have: a stack with no room for a signal's frame, and an alternate one for that.
static void tiny_stack(void) {
  static stack_t stack;
  stack.ss_size = (size_t)sysconf(_SC_SIGSTKSZ);
  stack.ss_sp = malloc(stack.ss_size);
  CHECK_EQUAL(sigaltstack(&stack, NULL), 0);
  char* pages = mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK_EQUAL(mprotect(pages + 4096, 4096, PROT_READ | PROT_WRITE), 0);
  unsigned long before = observed(SYS_getppid);
  for (int i = 0; i < 10; i++) {
    long result = SYS_getppid;
    __asm__ volatile("mov %%rsp, %%rbx\n\tmov %1, %%rsp\n\tsyscall\n\tmov %%rbx, %%rsp"
                     : "+a"(result)
                     : "r"(pages + 4096 + 128 + 320)
                     : "rbx", "rcx", "r11", "memory");
    CHECK_EQUAL(result, getppid());
  }
  CHECK_EQUAL(observed(SYS_getppid) - before, 20);
}

static long long microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static volatile unsigned long in_handlers;
static void storm_handler(int number) {
  (void)number;
  int saved = errno;
  if (syscall(SYS_getppid) < 0) _exit(8);
  __atomic_fetch_add(&in_handlers, 1, __ATOMIC_RELAXED);  // the two signals interrupt each other
  errno = saved;
}

// A profiler's timer: thousands of signals at any place, none lost, no call lost or made twice.
static void storm(void) {
  unsigned long before = observed(SYS_getppid), uids = observed(SYS_getuid), own = 0;
  handle(SIGPROF, storm_handler, SA_RESTART);
  handle(SIGALRM, storm_handler, SA_RESTART);
  struct itimerval often = {.it_interval.tv_usec = 1000, .it_value.tv_usec = 1000}, none = {0};
  setitimer(ITIMER_PROF, &often, NULL);
  setitimer(ITIMER_REAL, &often, NULL);
  long uid = getuid(), parent = getpid();
  uids++;
  for (long long end = microseconds() + 4000000; microseconds() < end;) {
    for (int i = 0; i < 100; i++, own++) {
      CHECK_EQUAL(syscall(SYS_getuid), uid);
      CHECK_EQUAL(close(-1), -1);
      CHECK_EQUAL(errno, EBADF);
    }
    if (own % 5000 == 0) {
      pid_t child = fork();
      if (child == 0) _exit(getppid() != parent);  // timers are not inherited
      int status = -1;
      CHECK_EQUAL(waitpid(child, &status, 0), child);
      CHECK_EQUAL(status, 0);
      before++;
    }
  }
  setitimer(ITIMER_PROF, &none, NULL);
  setitimer(ITIMER_REAL, &none, NULL);
  CHECK_EQUAL(observed(SYS_getuid) - uids, own);
  CHECK(in_handlers > 50);  // on a busy machine; else thousands
  CHECK_EQUAL(observed(SYS_getppid) - before, in_handlers);
}

static sigjmp_buf place;
static void jump(int number) {
  (void)number;
  siglongjmp(place, 1);
}
static void jump_plainly(int number) {
  (void)number;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  _longjmp(place, 1);
}
static void jumps_out_of_handlers(void) {
  int ends[2];
  char byte;
  CHECK_EQUAL(pipe(ends), 0);
  for (volatile int i = 0; i < 200; i++) {
    handle(SIGALRM, i % 2 ? jump : jump_plainly, 0);
    if (sigsetjmp(place, i % 2) == 0) {
      alarm_in(1000);
      if (i % 4 < 2) CHECK(read(ends[0], &byte, 1) < 0);
      for (;;) syscall(SYS_getuid);
    }
    unsigned long before = observed(SYS_getppid);
    syscall(SYS_getppid);
    CHECK_EQUAL(observed(SYS_getppid) - before, 1);
  }
  alarm_in(0);
}

static ucontext_t first, second;
static char second_stack[65536];
static volatile int switches;
static void other_context(void) {
  for (;;) {
    syscall(SYS_getppid);
    switches++;
    swapcontext(&second, &first);
  }
}
static void switch_away(int number) {
  (void)number;
  handled++;
  swapcontext(&first, &second);
}

// Contexts, also left in the middle of a blocking call by a handler.
static void contexts(void) {
  unsigned long before = observed(SYS_getppid);
  getcontext(&second);
  second.uc_stack.ss_sp = second_stack;
  second.uc_stack.ss_size = sizeof second_stack;
  makecontext(&second, other_context, 0);
  for (int i = 0; i < 100; i++) swapcontext(&first, &second);
  handle(SIGALRM, switch_away, 0);
  for (int i = 0; i < 20; i++) {
    alarm_in(2000);
    CHECK_EQUAL(pause(), -1);
    CHECK_EQUAL(errno, EINTR);
  }
  alarm_in(0);
  CHECK(handled >= 20);
  CHECK_EQUAL(switches, 100 + handled);
  CHECK_EQUAL(observed(SYS_getppid) - before, switches);
}

static volatile sig_atomic_t code;
static void on_sigsys(int number, siginfo_t* info, void* context) {
  (void)context;
  if (number != SIGSYS) _exit(9);
  code = info->si_code;
  syscall(SYS_getppid);
  handled++;
}

// The program's handler is for what others send; its calls are intercepted all the same.
static void own_sigsys_handler(void) {
  struct sigaction action = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO}, old;
  CHECK_EQUAL(sigaction(SIGSYS, NULL, &old), 0);
  CHECK(old.sa_handler == SIG_DFL);
  CHECK_EQUAL(sigaction(SIGSYS, &action, &old), 0);
  CHECK(old.sa_handler == SIG_DFL);
  unsigned long before = observed(SYS_getppid);
  for (int i = 0; i < 10; i++) {
    syscall(SYS_getppid);
    CHECK_EQUAL(kill(getpid(), SIGSYS), 0);
    CHECK_EQUAL(handled, i + 1);
    CHECK_EQUAL(code, SI_USER);
  }
  CHECK_EQUAL(observed(SYS_getppid) - before, 20);
  // A child with actions of its own, in memory that it shares.
  pid_t sharing = vfork();
  if (sharing == 0) signal(SIGSYS, SIG_DFL), _exit(0);
  CHECK_EQUAL(waitpid(sharing, NULL, 0), sharing);
  CHECK_EQUAL(sigaction(SIGSYS, NULL, &old), 0);
  CHECK(old.sa_sigaction == on_sigsys && (old.sa_flags & SA_SIGINFO));
  CHECK(signal(SIGSYS, SIG_IGN) != SIG_ERR);
  CHECK_EQUAL(kill(getpid(), SIGSYS), 0);
  CHECK_EQUAL(handled, 10);
  CHECK(signal(SIGSYS, SIG_DFL) == SIG_IGN);
  pid_t child = fork();
  if (child == 0) kill(getpid(), SIGSYS), _exit(1);
  int status = 0;
  CHECK_EQUAL(waitpid(child, &status, 0), child);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

static void emulate(int number, siginfo_t* info, void* context) {
  (void)number;
  syscall(SYS_getppid);
  code = info->si_code;
  ((ucontext_t*)context)->uc_mcontext.gregs[REG_RAX] = 1234;
}

// A sandbox in the program: its filter raises SIGSYS for one call, which its handler emulates.
static void programs_own_filter(void) {
  struct sock_filter code_of_filter[] = {
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr)},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_getpgrp},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_TRAP | 7},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_getsid},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOTTY},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
  struct sock_fprog program = {6, code_of_filter};
  struct sigaction action = {.sa_sigaction = emulate, .sa_flags = SA_SIGINFO};
  CHECK_EQUAL(sigaction(SIGSYS, &action, NULL), 0);
  CHECK_EQUAL(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  CHECK_EQUAL(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
  unsigned long before = observed(SYS_getppid);
  for (int i = 0; i < 10; i++) {
    CHECK_EQUAL(syscall(SYS_getpgrp), 1234);
    CHECK_EQUAL(code, 1);
    CHECK_EQUAL(getsid(0), -1);
    CHECK_EQUAL(errno, ENOTTY);
  }
  CHECK_EQUAL(observed(SYS_getppid) - before, 10);
}

static int frames;
static void walk(int number) {
  (void)number;
  void* addresses[50];
  frames = backtrace(addresses, 50);
}
__attribute__((noinline)) static void wait_here(int level) {
  if (level > 0) {
    wait_here(level - 1);
    __asm__ volatile("" ::: "memory");
    return;
  }
  alarm_in(2000);
  pause();
  alarm_in(0);
}

// An unwinder finds its way through a call that was interrupted.
static void backtraces(void) {
  void* warm[5];
  backtrace(warm, 5);
  handle(SIGALRM, walk, 0);
  wait_here(3);
  int few = frames;
  wait_here(13);
  CHECK_EQUAL(frames - few, 10);
}

static void signal_descriptors(void) {
  sigset_t set;
  sigfillset(&set);
  CHECK_EQUAL(sigprocmask(SIG_BLOCK, &set, NULL), 0);
  int fd = signalfd(-1, &set, SFD_CLOEXEC);
  CHECK(fd >= 0);
  struct signalfd_siginfo info;
  raise(SIGUSR1);
  CHECK_EQUAL(read(fd, &info, sizeof info), sizeof info);
  CHECK_EQUAL(info.ssi_signo, SIGUSR1);
  raise(SIGUSR2);
  CHECK_EQUAL(sigwaitinfo(&set, NULL), SIGUSR2);
}

MAIN({"interrupted_calls_fail", interrupted_calls_fail},
     {"interrupted_calls_restart", interrupted_calls_restart}, {"sleeps_go_on", sleeps_go_on},
     {"waits_with_a_mask", waits_with_a_mask}, {"all_signals_blocked", all_signals_blocked},
     {"handlers_block_everything", handlers_block_everything},
     {"mask_of_the_context", mask_of_the_context}, {"nested_handlers", nested_handlers},
     {"alternate_stack", alternate_stack}, {"stack_overflow", stack_overflow},
     {"tiny_stack", tiny_stack}, {"storm", storm}, {"jumps_out_of_handlers", jumps_out_of_handlers},
     {"contexts", contexts}, {"own_sigsys_handler", own_sigsys_handler}, {"backtraces", backtraces},
     {"programs_own_filter", programs_own_filter}, {"signal_descriptors", signal_descriptors})
