#!/bin/bash
# bh_capsule_libraries lists a capsule's libraries with their roles, shared ones with the program's own file.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

module libshared.so.1 <<<'int shared_state = 5;'
library libshared.so.1 <<<'int shared_state = 6;'
library libleaf.so.1 <<<'__thread int leaf = 1; int *address(void) { return &leaf; }'
library liblisted.so.1 -Wl,--no-as-needed "$libs/libleaf.so.1" "$libs/libshared.so.1" '-Wl,-rpath,$ORIGIN' <<<'extern int shared_state; int get(void) { return shared_state; }'

caller roles "$host/libshared.so.1" "-Wl,-rpath,$host" -Wl,--no-as-needed <<'EOF'
#include "api-calls.h"
#include "claims.h"
extern int shared_state;
static bh_capsule *capsule;
static int show(const bh_library_info *info, void *data) {
  static const char *const roles[] = {"private", "shared", "exposed"};
  if (strncmp(info->name, "lib", 3) != 0 && strncmp(info->name, "ld-linux", 8) != 0) printf("what is %s? ", info->name);
  if (info->size != sizeof *info || info->begin >= info->end) printf("wrong: ");
  if (!strstr("libc.so.6 liblisted.so.1 libleaf.so.1 libshared.so.1", info->name)) return 0;
  int of_tree = strncmp(info->file, data, strlen(data)) == 0;
  CLAIM(info->name, "%s%s", roles[info->role], of_tree ? " of the tree" : "");
  if (strcmp(info->name, "libshared.so.1") == 0) {
    const void *address = bh_symbol(info->library, "shared_state", 0, 0);
    HOLDS("  the program's own", address == &shared_state);
  }
  if (strcmp(info->name, "libleaf.so.1") == 0) {
    void *function = bh_symbol(info->library, "address", 0, 0);
    HOLDS("  a function in its range", function >= info->begin && function < info->end);
  }
  return 0;
}
static int stop(const bh_library_info *info, void *data) { return 7; }
int main(int count, char **arguments) {
  capsule = capsule_with(OPTIONS(.tree = arguments[1], .share = NAMES("libshared.so.1")));
  bh_library *library = library_in(capsule, "liblisted.so.1");
  int result = bh_capsule_libraries(capsule, show, arguments[1]);
  CLAIM("all are visited", "%d", result);
  CLAIM("the shared one's state", "%d", call(library, "get"));
  CLAIM("a callback that stops", "%d", bh_capsule_libraries(capsule, stop, 0));
}
EOF
claims ./roles "$tree" <<'END'
libc.so.6               => shared
liblisted.so.1          => private of the tree
libleaf.so.1            => private of the tree
  a function in its range => yes
libshared.so.1          => shared
  the program's own     => yes
all are visited         => 0
the shared one's state  => 5
a callback that stops   => 7
END
