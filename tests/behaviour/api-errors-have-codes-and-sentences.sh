#!/bin/bash
# Each call that fails tells a code and a sentence with the file, and leaves errno, results and dlerror alone;
# what a later release's structures have is refused if it is not zero.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

library libgood.so.1 -Wl,--defsym=none=0 <<'EOF'
#include <stdio.h>
__thread int mine = 4;
int good(void) { return puts("") >= 0; }
EOF
library liblacks.so.1 <<<'int nowhere(void); void *table[] = {(void *)nowhere};'
library libneeds.so.1 "$libs/libgood.so.1" <<<'int good(void); int f(void) { return good(); }'
echo text >"$libs/libtext.so.1"
head -c 300 "$libs/libgood.so.1" >"$libs/libshort.so.1"
library libneedsabsent.so.1 -Wl,--no-as-needed "$libs/libgood.so.1" <<<''
library libgone.so.1 <<<''
library libneedsgone.so.1 -Wl,--no-as-needed "$libs/libgone.so.1" <<<''
rm "$libs/libgone.so.1"

caller errors <<'EOF'
#include <errno.h>
#include "api-calls.h"

static const char *const codes[] = {"OK", "MALFORMED", "LIMIT", "SYSTEM", "MISSING", "UNSUPPORTED", "CONFLICT", "ARGUMENT"};

// Prints the code, and whether the sentence has these words.
static void tell(const char *what, bh_code code, bh_error *error, const char *words) {
  const char *text = bh_error_text(error);
  printf("%s: %s", what, codes[code]);
  if (code != BH_OK && bh_error_code(error) != code) printf(", the error says %d", bh_error_code(error));
  if (code != BH_OK && !strstr(text, words)) printf(", it says: %s", text);
  if (errno != 77) printf(", errno changed");
  putchar('\n');
  bh_error_free(error);
  errno = 77;
}

static void attempt_open(const char *what, const bh_capsule_options *options, const char *words) {
  bh_capsule *capsule = (bh_capsule *)&capsule;
  bh_error *error = 0;
  bh_code code = bh_capsule_open(options, &capsule, &error);
  tell(what, code, error, words);
  if (code != BH_OK && capsule != (bh_capsule *)&capsule) puts("the result was written");
}

static bh_capsule *capsule;
static void attempt_library(const char *what, const char *file, int mode, const char *words) {
  bh_library *library = (bh_library *)&library;
  bh_error *error = 0;
  bh_code code = bh_library_open(capsule, file, mode, &library, &error);
  tell(what, code, error, words);
  if (code != BH_OK && library != (bh_library *)&library) puts("the result was written");
}

static void attempt_symbol(const char *what, bh_library *library, const char *name, const char *version, const char *words) {
  bh_error *error = 0;
  void *found = bh_symbol(library, name, version, &error);
  tell(what, found ? BH_OK : bh_error_code(error), error, words);
}

int main(int count, char **arguments) {
  const char *tree = arguments[1];
  bh_error *error = 0;
  errno = 77;
  attempt_open("no such tree", OPTIONS(.tree = "/absent-tree"), "/absent-tree");
  attempt_open("a file as tree", OPTIONS(.tree = arguments[2]), arguments[2]);
  attempt_open("relative tree", OPTIONS(.tree = "tree"), "\"tree\"");
  attempt_open("reserved name", OPTIONS(.tree = tree, .name = "#1"), "#1");
  attempt_open("unknown flag", OPTIONS(.tree = tree, .flags = 1u << 30), "flags");
  attempt_open("reserved member", OPTIONS(.tree = tree, .reserved = 1), "flags");
  attempt_open("own heap", OPTIONS(.tree = tree, .flags = BH_CAPSULE_OWN_HEAP), "BH_CAPSULE_ISOLATED");
  attempt_open("shared and private", OPTIONS(.tree = tree, .share = NAMES("a.so"), .keep_private = NAMES("a.so")), "a.so");
  attempt_open("shared and exposed", OPTIONS(.tree = tree, .share = NAMES("a.so"), .expose = NAMES("a.so")), "a.so");
  attempt_open("private and exposed", OPTIONS(.tree = tree, .keep_private = NAMES("a.so"), .expose = NAMES("a.so")), "a.so");
  attempt_open("libc exposed", OPTIONS(.tree = tree, .expose = NAMES("libc.so.6")), "libc.so.6");
  attempt_open("relative map", OPTIONS(.tree = tree, .map = NAMES("etc")), "etc");
  attempt_open("absent exposed", OPTIONS(.tree = tree, .name = "absent", .expose = NAMES("libabsent.so.9")), "libabsent.so.9");
  attempt_open("isolated, another glibc", OPTIONS(.tree = tree, .flags = BH_CAPSULE_ISOLATED), "");
  bh_code code = bh_capsule_open(0, 0, &error);
  tell("no place", code, error, "place");

  struct { bh_capsule_options known; long unknown[2]; } later = {{.size = sizeof later, .tree = tree}, {0, 0}};
  attempt_open("later, zero", &later.known, "");
  later.unknown[1] = 1;
  attempt_open("later, not zero", &later.known, "bh_capsule_open: was given members that this release does not know");
  bh_capsule_options first = {.size = sizeof(size_t), .tree = (const char *)1};
  attempt_open("size alone", &first, "size");
  first.size = 4;
  attempt_open("no size", &first, "size");

  capsule = capsule_with(OPTIONS(.tree = tree));
  errno = 77;
  attempt_library("absent", "libabsent.so.1", 0, "libabsent.so.1");
  attempt_library("absent path", "/usr/lib/libabsent.so.1", 0, "/usr/lib/libabsent.so.1");
  attempt_library("needs what is absent", "libneedsgone.so.1", 0, "libgone.so.1");
  attempt_library("text", "/usr/lib/libtext.so.1", 0, "libtext.so.1");
  attempt_library("cut off", "/usr/lib/libshort.so.1", 0, "libshort.so.1");
  attempt_library("unresolved", "liblacks.so.1", RTLD_NOW, "undefined symbol: nowhere");
  attempt_library("no name", "", 0, "name");
  attempt_library("null", 0, 0, "null");
  attempt_library("mode", "libgood.so.1", 1 << 28, "flags");
  attempt_library("not open yet", "libgood.so.1", RTLD_LAZY | RTLD_NOLOAD, "libgood.so.1");
  attempt_library("not bh_dlmopen's", "libgood.so.1", RTLD_SHARED, "mode");

  bh_library *good = library_in(capsule, "libgood.so.1"), *needs = library_in(capsule, "libneeds.so.1");
  errno = 77;
  attempt_symbol("found", good, "good", 0, "");
  attempt_symbol("found in what it needs", needs, "good", 0, "");
  attempt_symbol("not that version", good, "good", "VERSION_1", "good");
  attempt_symbol("absent", good, "absent", 0, "absent");
  attempt_symbol("thread-local", good, "mine", 0, "");
  attempt_symbol("its value is null", good, "none", 0, "");
  attempt_symbol("no library", 0, "good", 0, "null");
  attempt_symbol("no name", good, 0, 0, "null");
  bh_library_close(good, 0);
  bh_library_close(needs, 0);
  error = 0;
  code = bh_library_close(good, &error);
  tell("closed again", code, error, "not open");
  error = 0;
  code = bh_library_close((bh_library *)&error, &error);
  tell("something else", code, error, "not open");
  error = 0;
  code = bh_library_close(0, &error);
  tell("nothing", code, error, "not open");

  // Nobody wants to know.
  printf("%d", bh_library_open(capsule, "libabsent.so.1", 0, &good, 0));
  printf("%d", bh_capsule_open(OPTIONS(.tree = "x"), &capsule, 0));
  printf("%d\n", bh_symbol(needs = library_in(capsule, "libgood.so.1"), "absent", 0, 0) == 0);
  bh_error_free(0);
  bh_capsule_close(0);
  printf("%d %d\n", bh_error_code(0), bh_version() == BH_VERSION);
}
EOF
expect 'no such tree: MISSING
a file as tree: SYSTEM
relative tree: ARGUMENT
reserved name: ARGUMENT
unknown flag: UNSUPPORTED
reserved member: UNSUPPORTED
own heap: ARGUMENT
shared and private: CONFLICT
shared and exposed: CONFLICT
private and exposed: CONFLICT
libc exposed: CONFLICT
relative map: ARGUMENT
absent exposed: MISSING
isolated, another glibc: MISSING
no place: ARGUMENT
later, zero: OK
later, not zero: UNSUPPORTED
size alone: ARGUMENT
no size: ARGUMENT
absent: MISSING
absent path: MISSING
needs what is absent: MISSING
text: MALFORMED
cut off: MALFORMED
unresolved: SYSTEM
no name: ARGUMENT
null: ARGUMENT
mode: UNSUPPORTED
not open yet: MISSING
not bh_dlmopen'\''s: ARGUMENT
found: OK
found in what it needs: OK
not that version: MISSING
absent: MISSING
thread-local: OK
its value is null: OK
no library: ARGUMENT
no name: ARGUMENT
closed again: ARGUMENT
something else: ARGUMENT
nothing: ARGUMENT
471
0 1' ./errors "$tree" "$libs/libgood.so.1"
