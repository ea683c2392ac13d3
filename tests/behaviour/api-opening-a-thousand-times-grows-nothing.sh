#!/bin/bash
# A capsule and a library that are opened and closed again a thousand times, by one thread and by four at once, leave
# the process as large as it was: its own memory, mappings, descriptors, and what is loaded. So does bh_dlmopen. (Long for
# the measures, each of which is told by its name.)
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

library libneeded.so.1 <<<'int needed(void) { return 1; }'
library libmany.so.1 "$libs/libneeded.so.1" '-Wl,-rpath,$ORIGIN' <<'EOF'
#include <stdlib.h>
int needed(void);
static char *memory;
__attribute__((constructor)) static void begin(void) { memory = malloc(5000); }
__attribute__((destructor)) static void end(void) { free(memory); }
int many(void) { return needed() && memory; }
EOF

caller many -pthread <<'EOF'
#include "api-calls.h"
#include "descriptors.h"
#include <limits.h>
#include <malloc.h>
#include <pthread.h>

static const char *tree, *path;

// (Clean pages of files are private or shared as other processes come and go.)
static long private_kilobytes(void) {
  char line[256];
  long sum = 0, each;
  FILE *file = fopen("/proc/self/smaps_rollup", "r");
  while (file && fgets(line, sizeof line, file))
    if (sscanf(line, "Private_Dirty: %ld kB", &each) == 1) sum += each;
  if (file) fclose(file);
  return sum;
}
static long lines_of(const char *name) {
  long lines = 0;
  FILE *file = fopen(name, "r");
  for (int c; (c = getc(file)) != EOF;) lines += c == '\n';
  fclose(file);
  return lines;
}
static long objects(void) {
  long count = 0;
  struct link_map *map = dlopen(0, RTLD_LAZY);
  for (; map; map = map->l_next) ++count;
  bh_capsule *capsule = capsule_with(OPTIONS(.tree = tree));
  bh_library *library = library_in(capsule, "libneeded.so.1");
  for (map = (struct link_map *)library; map->l_prev; map = map->l_prev) {}
  for (; map; map = map->l_next) ++count;
  close_library(library);
  return count;
}

static void by_capsule(void) {
  bh_capsule *capsule = capsule_with(OPTIONS(.tree = tree));
  bh_library *library = library_in(capsule, "libmany.so.1");
  if (call(library, "many") != 1) exit(3);
  close_library(library);
  bh_capsule_close(capsule);
}
static void by_dlmopen(void) {
  void *handle = bh_dlmopen(LM_ID_NEWLM, path, RTLD_NOW);
  if (!handle) { puts(bh_dlerror()); exit(4); }
  if (((int (*)(void))dlsym(handle, "many"))() != 1) exit(5);
  if (bh_dlclose(handle) != 0) exit(6);
}
static void by_share(void) {
  void *handle = bh_dlmopen(LM_ID_NEWLM, path, RTLD_NOW | RTLD_SHARED);
  if (!handle) { puts(bh_dlerror()); exit(9); }
  if (bh_dlclose(handle) != 0) exit(10);
}
static void by_error(void) {
  bh_error *error = 0;
  bh_library *library;
  if (bh_library_open(capsule_with(OPTIONS(.tree = tree)), "libabsent.so.1", 0, &library, &error) == BH_OK) exit(7);
  bh_error_free(error);
  if (bh_dlmopen(LM_ID_NEWLM, "/absent.so", RTLD_NOW)) exit(8);
}

// As many namespaces as there can be users at once, or how many threads meet by chance counts.
static void fill_namespaces(void) {
  void *handles[5];
  for (int i = 0; i < 5; ++i)
    if (!(handles[i] = bh_dlmopen(LM_ID_NEWLM, path, RTLD_NOW))) { puts(bh_dlerror()); exit(11); }
  for (int i = 0; i < 5; ++i) bh_dlclose(handles[i]);
}

static void (*work)(void);
static pthread_barrier_t begin;
static void repeat(int times) { while (times-- > 0) work(); }
static void *repeat_in_thread(void *unused) { pthread_barrier_wait(&begin); repeat(250); return 0; }
static void in_threads(void) {
  pthread_t threads[4];
  pthread_barrier_init(&begin, 0, 4);
  for (int i = 0; i < 4; ++i) pthread_create(&threads[i], 0, repeat_in_thread, 0);
  for (int i = 0; i < 4; ++i) pthread_join(threads[i], 0);
}

static void measure(const char *what, void (*work_to_do)(void)) {
  work = work_to_do;
  repeat(100);
  in_threads();
  long before[4], after[4], grown = LONG_MAX;
  // Where threads' stacks and heaps lie is not the same in each turn: some kilobytes. libc gives back stacks of ended
  // threads, or keeps them: half a megabyte, once. What grows does so in every round.
  for (int round = 0; round < 3 && grown > 200; ++round) {
    for (int turn = 0; turn < 2; ++turn) {
      long *to = turn == 0 ? before : after;
      to[0] = private_kilobytes();
      to[1] = lines_of("/proc/self/maps");
      to[2] = count_descriptors();
      to[3] = objects();
      if (turn == 0) {
        repeat(1000);
        in_threads();
      }
    }
    if (after[0] - before[0] < grown) grown = after[0] - before[0];
  }
  if (grown > 200) printf("%s: %ld kB more\n", what, grown);
  if (after[1] - before[1] > 4) printf("%s: %ld mappings more\n", what, after[1] - before[1]);
  if (after[2] != before[2]) printf("%s: %ld descriptors more\n", what, after[2] - before[2]);
  if (after[3] != before[3]) printf("%s: %ld objects more\n", what, after[3] - before[3]);
  fprintf(stderr, "%s: %ld -> %ld kB, %ld -> %ld mappings\n", what, before[0], after[0], before[1], after[1]);
}

int main(int count, char **arguments) {
  mallopt(M_ARENA_MAX, 1);  // the same of threads' heaps
  tree = arguments[1];
  path = arguments[2];
  fill_namespaces();
  measure("errors", by_error);
  measure("bh_library_open", by_capsule);
  measure("bh_dlmopen", by_dlmopen);
  measure("RTLD_SHARED", by_share);
  puts("as large as before");
}
EOF
expect "as large as before" ./many "$tree" "$libs/libmany.so.1"
cat stderr
