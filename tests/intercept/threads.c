// Threads: each call of each of them is seen once.
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"

static void *call_often(void *count) {
  for (long i = 0; i < (long)count; i++) syscall(SYS_getppid);
  return NULL;
}

static void counted(void) {
  unsigned long before = observed(SYS_getppid);
  for (int round = 0; round < 50; round++) {
    pthread_t threads[20];
    for (int i = 0; i < 20; i++) CHECK_EQUAL(pthread_create(threads + i, NULL, call_often, (void *)100L), 0);
    for (int i = 0; i < 20; i++) CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
  }
  CHECK_EQUAL(observed(SYS_getppid) - before, 50 * 20 * 100);
}

static void *create_more(void *depth) {
  call_often((void *)20L);
  if ((long)depth == 0) return NULL;
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) CHECK_EQUAL(pthread_create(threads + i, NULL, create_more, (char *)depth - 1), 0);
  for (int i = 0; i < 2; i++) CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
  return NULL;
}

static void threads_create_threads(void) {
  unsigned long before = observed(SYS_getppid);
  create_more((void *)8L);
  CHECK_EQUAL(observed(SYS_getppid) - before, 511 * 20);
}

static sem_t ended;
static void *end_detached(void *unused) {
  syscall(SYS_getppid);
  sem_post(&ended);
  return unused;
}

// Ended threads' records are used again.
static void detached(void) {
  unsigned long before = observed(SYS_getppid);
  sem_init(&ended, 0, 0);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  long first = 0;
  for (int i = 0; i < 2000; i++) {
    pthread_t thread;
    int error;
    while ((error = pthread_create(&thread, &attributes, end_detached, NULL)) == EAGAIN) sched_yield();
    CHECK_EQUAL(error, 0);
    CHECK_EQUAL(sem_wait(&ended), 0);
    if (i == 500) first = resident();
  }
  CHECK_EQUAL(observed(SYS_getppid) - before, 2000);
  long more = resident() - first;
  if (more > 1000) fprintf(stderr, "%ld KiB more\n", more), exit(1);
}

static void on_alarm(int number) { (void)number; syscall(SYS_getppid); }

static void *call_with_signals(void *argument) {
  (void)argument;
  for (int i = 0; i < 200; i++) {
    raise(SIGUSR1);
    char text[100];
    snprintf(text, sizeof text, "%d %f", i, i / 3.0);
  }
  return NULL;
}

// The least stack that there is, with handlers in handlers.
static void small_stacks(void) {
  unsigned long before = observed(SYS_getppid);
  signal(SIGUSR1, on_alarm);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  CHECK_EQUAL(pthread_attr_setstacksize(&attributes, (size_t)sysconf(_SC_THREAD_STACK_MIN)), 0);
  pthread_t threads[8];
  observer.busy = 1;
  for (int i = 0; i < 8; i++) CHECK_EQUAL(pthread_create(threads + i, &attributes, call_with_signals, NULL), 0);
  for (int i = 0; i < 8; i++) CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
  observer.busy = 0;
  CHECK_EQUAL(observed(SYS_getppid) - before, 8 * 200);
}

static void *fork_in_thread(void *argument) {
  for (int i = 0; i < 20; i++) {
    pid_t child = fork();
    if (child == 0) {
      pthread_t thread;
      call_often((void *)5L);
      if (pthread_create(&thread, NULL, call_often, (void *)5L) || pthread_join(thread, NULL)) _exit(1);
      _exit(0);
    }
    int status = -1;
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    CHECK_EQUAL(status, 0);
  }
  return argument;
}

static void fork_while_others_run(void) {
  unsigned long before = observed(SYS_getppid);
  pthread_t threads[6];
  for (int i = 0; i < 6; i++) {
    CHECK_EQUAL(pthread_create(threads + i, NULL, i < 3 ? fork_in_thread : call_often, (void *)5000L), 0);
  }
  for (int i = 0; i < 6; i++) CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
  CHECK_EQUAL(observed(SYS_getppid) - before, 3 * 20 * 10 + 3 * 5000);
}

static int ends[2];
static int cleaned;
static void clean(void *unused) { (void)unused; syscall(SYS_getppid); cleaned++; }
static void *read_for_ever(void *how) {
  char byte;
  pthread_cleanup_push(clean, NULL);
  if ((long)how == 1) pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  if ((long)how == 2) for (;;) pause();
  if ((long)how == 3) for (;;) sleep(1000);
  for (;;) CHECK(read(ends[0], &byte, 1) == 1);
  pthread_cleanup_pop(1);
}

// In a blocking call, about to enter one, or while running.
static void cancelled(void) {
  CHECK_EQUAL(pipe(ends), 0);
  for (int i = 0; i < 200; i++) {
    pthread_t thread;
    void *result;
    CHECK_EQUAL(pthread_create(&thread, NULL, read_for_ever, (void *)(long)(i % 4)), 0);
    if (i % 3 == 0) usleep(2000);
    if (i % 3 == 1) usleep(i);
    CHECK_EQUAL(pthread_cancel(thread), 0);
    CHECK_EQUAL(pthread_join(thread, &result), 0);
    CHECK(result == PTHREAD_CANCELED);
  }
  CHECK(cleaned > 60);
}

static int quiet_done;
static void *quiet_thread(void *unused) {
  for (int i = 0; i < 100; i++) syscall(SYS_getppid);
  __atomic_store_n(&quiet_done, 1, __ATOMIC_RELEASE);
  return unused;
}
static void start_quiet(void *thread) { CHECK_EQUAL(pthread_create(thread, NULL, quiet_thread, NULL), 0); }

static void the_tools_threads(void) {
  unsigned long before = observed(SYS_getppid);
  pthread_t thread;
  for (int i = 0; i < 20; i++) {
    observer_unseen(start_quiet, &thread);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
  }
  CHECK(quiet_done);
  CHECK_EQUAL(observed(SYS_getppid), before);
}

static void *keep_counting(void *stop) {
  unsigned long done = 0;
  while (!__atomic_load_n((int *)stop, __ATOMIC_RELAXED)) syscall(SYS_getppid), done++;
  return (void *)done;
}

// Threads that begin and end all the time beside threads that only call.
static void churn(void) {
  unsigned long before = observed(SYS_getppid), sum = 0;
  int stop = 0;
  pthread_t counting[4];
  for (int i = 0; i < 4; i++) CHECK_EQUAL(pthread_create(counting + i, NULL, keep_counting, &stop), 0);
  for (int i = 0; i < 2000; i++) {
    pthread_t thread;
    CHECK_EQUAL(pthread_create(&thread, NULL, call_often, (void *)3L), 0);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
  }
  __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
  for (int i = 0; i < 4; i++) {
    void *done;
    CHECK_EQUAL(pthread_join(counting[i], &done), 0);
    sum += (unsigned long)done;
  }
  CHECK_EQUAL(observed(SYS_getppid) - before, sum + 2000 * 3);
}

static int write_text(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  ssize_t written = fd < 0 ? -1 : write(fd, text, strlen(text));
  close(fd);
  return written > 0;
}

// The next thread or process gets this number. In a PID namespace of its own nobody else takes it.
static void next_number(int number) {
  char text[20];
  sprintf(text, "%d", number - 1);
  if (!write_text("/proc/sys/kernel/ns_last_pid", text)) SKIP("thread numbers cannot be chosen here");
}

// What the tool's thread does: nothing yet; runs as the tool's code; gets signals; ends.
enum { kBegins, kRuns, kGetsSignals, kEnds };
static int phase;
static int phase_now(void) { return __atomic_load_n(&phase, __ATOMIC_ACQUIRE); }
static void set_phase(int next) { __atomic_store_n(&phase, next, __ATOMIC_RELEASE); }
static void run_as_tool(void *unused) {
  (void)unused;
  set_phase(kRuns);
  while (phase_now() == kRuns) sched_yield();
}
static void *tools_thread(void *number) {
  *(int *)number = gettid();
  observer_unseen(run_as_tool, NULL);
  while (phase_now() == kGetsSignals) raise(SIGSYS);
  return NULL;
}
static void start_tools_thread(void *number) {
  pthread_t thread;
  CHECK_EQUAL(pthread_create(&thread, NULL, tools_thread, number), 0);
}
static void ignore(int number) { (void)number; }

// Whatever a thread of the tool with this number does, this thread's calls are seen.
static void expect_own_record(int number) {
  int got = 0;
  CHECK(signal(SIGSYS, ignore) != SIG_ERR);
  next_number(number);
  observer_unseen(start_tools_thread, &got);
  while (phase_now() == kBegins) sched_yield();
  CHECK_EQUAL(got, number);
  for (; phase_now() != kEnds; set_phase(phase_now() + 1)) {
    unsigned long before = observed(SYS_getppid);
    call_often((void *)10000L);
    CHECK_EQUAL(observed(SYS_getppid) - before, 10000);
  }
}

static void *note_number(void *number) { return *(int *)number = gettid(), NULL; }
static void *expect_in_thread(void *number) { return expect_own_record(*(int *)number), NULL; }

static void in_own_numbers(void (*work)(void)) {
  char map[40];
  sprintf(map, "0 %d 1", (int)getuid());  // still root there after exec
  if (unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0 || !write_text("/proc/self/uid_map", map)) {
    SKIP("PID namespaces cannot be made here");
  }
  pid_t child = fork();
  if (child == 0) work(), exit(0);
  int status = -1;
  CHECK_EQUAL(waitpid(child, &status, 0), child);
  CHECK(WIFEXITED(status));
  if (WEXITSTATUS(status) != 0) exit(WEXITSTATUS(status));
}

static void end_one_and_begin_another(void) {
  int number;
  pthread_t thread;
  CHECK_EQUAL(pthread_create(&thread, NULL, note_number, &number), 0);
  CHECK_EQUAL(pthread_join(thread, NULL), 0);
  CHECK_EQUAL(pthread_create(&thread, NULL, expect_in_thread, &number), 0);  // with its record
  CHECK_EQUAL(pthread_join(thread, NULL), 0);
}

// A thread of the tool gets the number of one of the program's that ended.
static void number_of_an_ended_thread(void) { in_own_numbers(end_one_and_begin_another); }

static int go_on[2];
static void *fork_and_end(void *child) {
  int number = gettid();
  char byte;
  if ((*(pid_t *)child = fork()) != 0) return NULL;
  close(go_on[1]);
  CHECK_EQUAL(read(go_on[0], &byte, 1), 0);
  expect_own_record(number);
  exit(0);
}
static void fork_in_a_thread_that_ends(void) {
  pthread_t thread;
  pid_t child;
  int status = -1;
  CHECK_EQUAL(pipe(go_on), 0);
  CHECK_EQUAL(pthread_create(&thread, NULL, fork_and_end, &child), 0);
  CHECK_EQUAL(pthread_join(thread, NULL), 0);
  close(go_on[1]);
  CHECK_EQUAL(waitpid(child, &status, 0), child);
  CHECK_EQUAL(status, 0);
}

// And in a child, that of the thread that forked.
static void number_of_the_forking_thread(void) { in_own_numbers(fork_in_a_thread_that_ends); }

// Or that of a child which used a record as long as its parent waited. The namespace has to be
// there at the start for such a child.
static void after_vfork(void) {
  pthread_t thread;
  int child = vfork();
  if (child == 0) _exit(0);
  CHECK_EQUAL(waitpid(child, NULL, 0), child);
  CHECK_EQUAL(pthread_create(&thread, NULL, expect_in_thread, &child), 0);  // with its record
  CHECK_EQUAL(pthread_join(thread, NULL), 0);
}
static void execute_after_vfork(void) {
  execl("/proc/self/exe", "intercept-threads", "after_vfork", NULL);
  CHECK(!"executed");
}
static void number_of_a_vforked_child(void) {
  if (observer.no_exec) SKIP("exec is refused");
  in_own_numbers(execute_after_vfork);
}

static long raw_call(long number, long first, long second) {
  __asm__ volatile("syscall" : "+a"(number) : "D"(first), "S"(second) : "rcx", "r11", "memory");
  return number;
}

// A runtime that does without libc (Go without cgo) and uses %fs for itself: the tool cannot run there.
static void thread_pointer_of_another_runtime(void) {
  static char words[4096];
  int said[2], status = -1;
  char text[1000];
  CHECK_EQUAL(pipe(said), 0);
  pid_t child = fork();
  if (child == 0) {
    dup2(said[1], 2);
    raw_call(SYS_arch_prctl, 0x1002, (long)(words + 2048));  // ARCH_SET_FS
    raw_call(SYS_getppid, 0, 0);
    raw_call(SYS_exit_group, 0, 0);
  }
  CHECK_EQUAL(waitpid(child, &status, 0), child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 125);
  ssize_t size = read(said[0], text, sizeof text - 1);
  text[size < 0 ? 0 : size] = 0;
  CHECK(strstr(text, "thread pointer"));
}

MAIN({"counted", counted}, {"threads_create_threads", threads_create_threads}, {"detached", detached},
     {"small_stacks", small_stacks}, {"fork_while_others_run", fork_while_others_run},
     {"cancelled", cancelled}, {"the_tools_threads", the_tools_threads}, {"churn", churn},
     {"number_of_an_ended_thread", number_of_an_ended_thread},
     {"number_of_the_forking_thread", number_of_the_forking_thread},
     {"number_of_a_vforked_child", number_of_a_vforked_child}, {"after_vfork", after_vfork},
     {"thread_pointer_of_another_runtime", thread_pointer_of_another_runtime})
