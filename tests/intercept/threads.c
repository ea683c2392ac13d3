// Threads: each call of each of them is seen once.
#define _GNU_SOURCE
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

MAIN({"counted", counted}, {"threads_create_threads", threads_create_threads}, {"detached", detached},
     {"small_stacks", small_stacks}, {"fork_while_others_run", fork_while_others_run},
     {"cancelled", cancelled}, {"the_tools_threads", the_tools_threads}, {"churn", churn})
