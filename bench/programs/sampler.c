// Starts commands by turns and prints a line of figures for each round.
//
//   sampler [-r] ROUNDS WARMUP {::: [NAME=VALUE…] COMMAND ARGUMENT…}…
//
// A figure is the time from before the start of a command to after its exit, in
// nanoseconds; with -r it is the number that the command itself prints. By turns, so that
// what else the machine does falls on all commands alike, and each round in another order, so
// that none always follows the same one. "{}" in an assignment becomes a number never used before:
// a directory named with it is new to every start.
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

enum { kMaxCommands = 8, kMaxVariables = 512 };

struct command {
  char** assignments;
  char** arguments;
};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static char* numbered(const char* text) {
  static int serial;
  const char* braces = strstr(text, "{}");
  char* result;
  if (braces == NULL) return strdup(text);
  if (asprintf(&result, "%.*s%d%s", (int)(braces - text), text, ++serial, braces + 2) < 0)
    err(1, "memory");
  return result;
}

// The environment of a command: its assignments, then what they do not name of our own.
static void make_environment(const struct command* command, char** environment) {
  size_t own = 0;
  size_t count;
  for (; command->assignments + own < command->arguments; ++own) {
    environment[own] = numbered(command->assignments[own]);
  }
  count = own;
  for (char** variable = environ; *variable != NULL && count < kMaxVariables; ++variable) {
    size_t name = (size_t)(strchrnul(*variable, '=') - *variable) + 1;
    size_t i = 0;
    while (i < own && strncmp(environment[i], *variable, name) != 0) ++i;
    if (i == own) environment[count++] = *variable;
  }
  environment[count] = NULL;
}

static double reported(int from, const char* program) {
  char text[64] = {0};
  char* end;
  size_t size = 0;
  ssize_t got;
  while ((got = read(from, text + size, sizeof text - 1 - size)) > 0) size += (size_t)got;
  double figure = strtod(text, &end);
  if (end == text) errx(1, "%s printed no number", program);
  return figure;
}

static double sample(const struct command* command, int by_report) {
  char* environment[kMaxVariables + 1];
  posix_spawn_file_actions_t actions;
  int output[2];
  int status;
  pid_t child;
  double figure = 0;
  make_environment(command, environment);
  posix_spawn_file_actions_init(&actions);
  if (by_report) {
    if (pipe2(output, O_CLOEXEC) != 0) err(1, "pipe");
    posix_spawn_file_actions_adddup2(&actions, output[1], 1);
  } else {
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  }
  double before = now();
  int error =
      posix_spawn(&child, command->arguments[0], &actions, NULL, command->arguments, environment);
  if (error != 0) errx(1, "%s: %s", command->arguments[0], strerror(error));
  if (by_report) {
    close(output[1]);
    figure = reported(output[0], command->arguments[0]);
    close(output[0]);
  }
  if (waitpid(child, &status, 0) != child) err(1, "waitpid");
  double after = now();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    errx(1, "%s ended with wait status 0x%x", command->arguments[0], status);
  }
  posix_spawn_file_actions_destroy(&actions);
  for (size_t i = 0; command->assignments + i < command->arguments; ++i) free(environment[i]);
  return by_report ? figure : after - before;
}

static void shuffle(int* order, int count) {
  for (int i = count - 1; i > 0; --i) {
    int j = rand() % (i + 1);
    int other = order[i];
    order[i] = order[j];
    order[j] = other;
  }
}

int main(int argc, char** argv) {
  struct command commands[kMaxCommands];
  double figures[kMaxCommands];
  int order[kMaxCommands];
  int count = 0;
  int by_report = argc > 1 && strcmp(argv[1], "-r") == 0;
  argv += 1 + by_report;
  if (argc < 5 + by_report) errx(1, "see the head of sampler.c for how to call it");
  int rounds = atoi(argv[0]);
  int warmup = atoi(argv[1]);
  for (argv += 2; *argv != NULL; ++count) {
    if (strcmp(*argv, ":::") != 0 || count == kMaxCommands) errx(1, "not expected: %s", *argv);
    *argv++ = NULL;  // ends the command before
    commands[count].assignments = argv;
    while (*argv != NULL && strchr(*argv, '=') != NULL) ++argv;
    if (*argv == NULL) errx(1, "assignments without a command");
    commands[count].arguments = argv;
    order[count] = count;
    while (*argv != NULL && strcmp(*argv, ":::") != 0) ++argv;
  }
  for (int round = -warmup; round < rounds; ++round) {
    shuffle(order, count);
    for (int i = 0; i < count; ++i) figures[order[i]] = sample(&commands[order[i]], by_report);
    if (round < 0) continue;
    for (int i = 0; i < count; ++i) printf("%.4f%c", figures[i], i + 1 < count ? ' ' : '\n');
  }
  return 0;
}
