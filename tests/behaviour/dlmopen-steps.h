// What most programs of tests/behaviour/dlmopen-*.sh do: lines of standard input, one step each,
// are written again with what came of it behind "=>". With -DPLAIN by glibc alone.
//
// * open H SPACE FILE [MODE…] – SPACE is + for a new namespace, 0 for the program's, or a handle
//   for its own. FILE is a name in the directory $MODULES; =NAME as it stands. MODE is lazy,
//   global, noload, nodelete, deep, or shared. => ok, error
// * close H => ok, error
// * call H FUNCTION => what an int(void) function returns, or none
// * same H H => yes, no: whether it is the same handle
// * loaded H FILE => yes, no: whether FILE is open in the namespace of H, which may be closed
// * space H => the namespace: 0 the program's, 1… as they appeared
// * error => what dlerror says: the file's name without directories, and the rest without what
//   bulkhead adds in brackets to ld.so's words
// * exit, end – the end of the process, by exit or by that of main
//
// What libraries write to descriptor 1 meanwhile is between the two. With STEPS_IN_BASE=1 every
// namespace is the program's: what dlopen does.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dlmopen-plain.h"

int exported_by_program = 1;  // for libraries that look for it

static struct Handle {
  char name[16];
  void* handle;
  Lmid_t space;
} g_handles[64];
static int g_count;
static Lmid_t g_spaces[64];
static int g_space_count = 1;  // the first is LM_ID_BASE

static struct Handle* find(const char* name) {
  for (int i = 0; i < g_count; ++i)
    if (strcmp(g_handles[i].name, name) == 0) return &g_handles[i];
  strcpy(g_handles[g_count].name, name);
  return &g_handles[g_count++];
}

static int mode_of(char** words) {
  int mode = 0;
  for (; *words && strcmp(*words, "=>") != 0; ++words) {
    const char* word = *words;
    mode |= !strcmp(word, "lazy")       ? RTLD_LAZY
            : !strcmp(word, "global")   ? RTLD_GLOBAL
            : !strcmp(word, "noload")   ? RTLD_NOLOAD
            : !strcmp(word, "nodelete") ? RTLD_NODELETE
            : !strcmp(word, "deep")     ? RTLD_DEEPBIND
            : !strcmp(word, "shared")   ? RTLD_SHARED
                                        : (abort(), 0);
  }
  return mode & RTLD_LAZY ? mode : mode | RTLD_NOW;
}

static const char* path_of(const char* file) {
  static char path[4096];
  if (*file == '=') return file + 1;
  snprintf(path, sizeof path, "%s/%s", getenv("MODULES"), file);
  return path;
}

static void* open_in(Lmid_t space, const char* file, int mode) {
  if (getenv("STEPS_IN_BASE")) return dlopen(path_of(file), mode);
  return bh_dlmopen(space, path_of(file), mode);
}

static int number_of(Lmid_t space) {
  int i = 0;
  while (i < g_space_count && g_spaces[i] != space) ++i;
  if (i == g_space_count) g_spaces[g_space_count++] = space;
  return i;
}

static const char* open_step(char** words) {
  Lmid_t space = !strcmp(words[2], "+")   ? LM_ID_NEWLM
                 : !strcmp(words[2], "0") ? LM_ID_BASE
                                          : find(words[2])->space;
  void* handle = open_in(space, words[3], mode_of(words + 4));
  if (!handle) return "error";
  struct Handle* to = find(words[1]);
  to->handle = handle;
  dlinfo(handle, RTLD_DI_LMID, &to->space);
  return "ok";
}

static const char* call_step(char** words) {
  static char text[16];
  int (*function)(void) = (int (*)(void))dlsym(find(words[1])->handle, words[2]);
  if (!function) return "none";
  sprintf(text, "%d", function());
  return text;
}

static const char* error_step(void) {
  static char text[4096];
  const char* said = bh_dlerror();
  if (!said) return "nothing";
  const char* colon = strchr(said, ':');
  const char* slash = colon ? memrchr(said, '/', colon - said) : 0;
  snprintf(text, sizeof text, "%s", slash ? slash + 1 : said);
  char* added = strstr(text, " (bulkhead: ");
  if (added) *added = 0;
  return text;
}

static const char* do_step(char** words) {
  static char text[16];
  const char* what = words[0];
  if (!strcmp(what, "open")) return open_step(words);
  if (!strcmp(what, "call")) return call_step(words);
  if (!strcmp(what, "close")) return bh_dlclose(find(words[1])->handle) == 0 ? "ok" : "error";
  if (!strcmp(what, "same")) return find(words[1])->handle == find(words[2])->handle ? "yes" : "no";
  if (!strcmp(what, "error")) return error_step();
  if (!strcmp(what, "exit")) exit(0);
  if (!strcmp(what, "space")) {
    sprintf(text, "%d", number_of(find(words[1])->space));
    return text;
  }
  if (!strcmp(what, "loaded")) {
    void* handle = open_in(find(words[1])->space, words[2], RTLD_LAZY | RTLD_NOLOAD);
    if (handle) bh_dlclose(handle);
    return handle ? "yes" : "no";
  }
  abort();
}

int main(void) {
  char line[4096];
  setvbuf(stdout, 0, _IONBF, 0);
  while (fgets(line, sizeof line, stdin)) {
    char *words[16] = {0}, *rest = 0;
    int count = 0;
    for (char* word = strtok_r(line, " \n", &rest); word && count < 15;
         word = strtok_r(0, " \n", &rest)) {
      if (!strcmp(word, "=>")) break;
      words[count++] = word;
    }
    if (count == 0) continue;
    for (int i = 0; i < count; ++i) printf("%s ", words[i]);
    printf("=> ");
    if (!strcmp(words[0], "end")) return 0;
    printf("%s\n", do_step(words));
  }
}
