#!/bin/bash
# share and keep_private decide whose library it is, library_path where it is searched, map which files are the tree's.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

for at in "$host" "$libs"; do
    number=$([[ $at == "$host" ]] && echo 1 || echo 2)
    library libcommon.so.1 -DNUMBER="$number" <<<'int number(void) { return NUMBER; } int count; int bump(void) { return ++count; }'
done
at=$libs
library libuser.so.1 "$libs/libcommon.so.1" '-Wl,-rpath,$ORIGIN' <<'EOF'
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int number(void), bump(void);
int whose(void) { return number(); }
int count_up(void) { return bump(); }
int reads(const char *path) {
  FILE *file = fopen(path, "r");
  int c = file ? getc(file) : -1;
  if (file) fclose(file);
  return c;
}
EOF
mkdir -p "$tree/opt/aside" "$tree/etc/thing" "$tree/other"
at=$tree/opt/aside library libaside.so.1 <<<'int aside(void) { return 5; }'
echo t >"$tree/etc/thing/file"
echo o >"$tree/other/file"

# libgcc_s and libstdc++ of this system, for what is always shared and what never is.
caller program -L"$host" -l:libcommon.so.1 "-Wl,-rpath,$host" <<'EOF'
#include "api-calls.h"
int bump(void);
static const char *tree;
static void whose(const char *what, const bh_capsule_options *options) {
  bh_library *user = library_in(capsule_with(options), "libuser.so.1");
  bump();
  printf("%s: %d, %d\n", what, call(user, "whose"), call(user, "count_up"));
}
static void aside(const char *what, const bh_capsule_options *options) {
  bh_library *library = 0;
  bh_code code = bh_library_open(capsule_with(options), "libaside.so.1", 0, &library, 0);
  printf("%s: %d\n", what, code == BH_OK ? call(library, "aside") : -(int)code);
}
static void reads(const char *what, const bh_capsule_options *options, const char *path) {
  bh_library *user = library_in(capsule_with(options), "libuser.so.1");
  int c = ((int (*)(const char *))symbol_of(user, "reads"))(path);
  printf("%s: %c\n", what, c < 0 ? '-' : c);
}
int main(int count, char **arguments) {
  tree = arguments[1];
  whose("nothing said", OPTIONS(.tree = tree));
  whose("shared", OPTIONS(.tree = tree, .share = NAMES("libcommon.so.1")));
  whose("private", OPTIONS(.tree = tree, .keep_private = NAMES("libcommon.so.1")));
  aside("not searched", OPTIONS(.tree = tree));
  aside("library_path", OPTIONS(.tree = tree, .library_path = NAMES("/absent", "/opt/aside")));
  reads("no map", OPTIONS(.tree = tree), "/etc/thing/file");
  reads("map", OPTIONS(.tree = tree, .map = NAMES("/etc/thing")), "/etc/thing/file");
  char to[4096];
  snprintf(to, sizeof to, "/etc/thing=%s/other", tree);
  reads("map to", OPTIONS(.tree = tree, .map = NAMES(to)), "/etc/thing/file");
  // In the other terms: the namespace is the capsule's, and so is the tree.
  bh_capsule *capsule = capsule_with(OPTIONS(.tree = tree));
  bh_library *user = library_in(capsule, "libuser.so.1");
  void *bare = bh_dlmopen(bh_capsule_namespace(capsule), "libuser.so.1", RTLD_NOW);
  void *path = bh_dlmopen(bh_capsule_namespace(capsule), "/usr/lib/libuser.so.1", RTLD_NOW);
  void *aside = bh_dlmopen(bh_capsule_namespace(capsule), "/opt/aside/libaside.so.1", RTLD_NOW);
  printf("%d %d %d ", bare == user, path == user, aside != 0);
  printf("%d %d %d ", bh_dlclose(bare), bh_dlclose(path), aside ? bh_dlclose(aside) : -1);
  printf("%d\n", bh_dlmopen(bh_capsule_namespace(capsule), "libaside.so.1", RTLD_NOW) == 0);
  // A shared library stays for the program, too.
  printf("%d\n", dlopen("libcommon.so.1", RTLD_NOW | RTLD_NOLOAD) != 0);
}
EOF
expect "nothing said: 2, 1
shared: 1, 3
private: 2, 1
not searched: -4
library_path: 5
no map: -
map: t
map to: o
1 1 1 0 0 0 1
1" ./program "$tree"
