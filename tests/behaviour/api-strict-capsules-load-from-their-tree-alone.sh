#!/bin/bash
# BH_CAPSULE_STRICT: what a capsule opens, and what its libraries open, comes from the tree, from what is permitted or is
# shared; else it is an error with a code and a sentence, or a dlerror. In C and in C++.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

mkdir -p app
for where in "$libs" "$host"; do
    at=$where library libneeded.so.1 "-DFROM=$([[ $where == "$libs" ]] && echo 1 || echo 2)" <<<'int from(void) { return FROM; }'
done
at=$scratch/app library plugin.so "$libs/libneeded.so.1" <<<'int from(void); int plugin(void) { return 10 + from(); }'
at=$libs library libopener.so.1 -ldl <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
const char *opens(const char *file, long space) {
  void *handle = space < 0 ? dlopen(file, RTLD_NOW) : dlmopen(space, file, RTLD_NOW);
  return handle ? "opened" : dlerror();
}
EOF
caller program <<'EOF'
#include "api-calls.h"
static void say(const char *what, bh_capsule *capsule, const char *file) {
  bh_library *library = 0;
  bh_error *error = 0;
  bh_code code = bh_library_open(capsule, file, 0, &library, &error);
  if (code == BH_OK) printf("%s: %d\n", what, call(library, "plugin"));
  else printf("%s: %d %d %s\n", what, code, bh_error_number(error), bh_error_text(error));
  bh_error_free(error);
}
static void inside(const char *what, bh_capsule *capsule, const char *file, long space) {
  bh_library *opener = library_in(capsule, "libopener.so.1");
  printf("%s: %s\n", what, ((const char *(*)(const char *, long))symbol_of(opener, "opens"))(file, space));
}
static void refused(const char *what, const bh_capsule_options *options) {
  bh_capsule *capsule = 0;
  bh_error *error = 0;
  bh_code code = bh_capsule_open(options, &capsule, &error);
  printf("%s: %d %s\n", what, code, code ? bh_error_text(error) : "");
}
int main(int count, char **arguments) {
  const char *tree = arguments[1], *plugin = arguments[2], *app = arguments[3];
  bh_capsule *plain = capsule_with(OPTIONS(.tree = tree));
  bh_capsule *strict = capsule_with(OPTIONS(.tree = tree, .flags = BH_CAPSULE_STRICT));
  bh_capsule *permits = capsule_with(OPTIONS(.tree = tree, .flags = BH_CAPSULE_STRICT, .permit = NAMES(app, "/absent")));
  inside("plain", plain, plugin, -1);
  say("strict", strict, plugin);
  inside("strict inside", strict, plugin, -1);
  inside("strict into the program", strict, plugin, LM_ID_BASE);
  inside("by name", strict, "plugin.so", -1);
  say("permitted", permits, plugin);
  inside("permitted inside", permits, plugin, -1);
  printf("the same: %d\n", capsule_with(OPTIONS(.tree = tree, .flags = BH_CAPSULE_STRICT, .permit = NAMES("/absent", app))) == permits);
  printf("others: %d\n", plain != strict && strict != permits);
  refused("not strict", OPTIONS(.tree = tree, .permit = NAMES(app)));
  refused("relative", OPTIONS(.tree = tree, .flags = BH_CAPSULE_STRICT, .permit = NAMES("app")));
  /* A program of the release before knows no permit. */
  bh_capsule_options older = {.size = offsetof(bh_capsule_options, permit), .tree = tree, .flags = BH_CAPSULE_STRICT, .permit = NAMES("not read")};
  printf("older: %d\n", capsule_with(&older) == strict);
}
EOF
LD_LIBRARY_PATH=$host ./program "$tree" "$scratch/app/plugin.so" "$scratch/app" >said || fail "exit $? after $(<said)"
line() { # PATTERN: each line once, in order
    local text
    read -r text <&3 || fail "no line for $1; it said: $(<said)"
    # shellcheck disable=SC2053 # a pattern
    [[ $text == $1 ]] || fail "expected $1, came $text"
}
exec 3<said
line "plain: opened"
line "strict: 6 13 */app/plugin.so: is not in the tree *strict*not permitted*bh_capsule_options.permit*"
line "strict inside: */app/plugin.so: cannot open shared object file: Permission denied *strict*permit*"
line "strict into the program: *another namespace*strict*"
line "by name: plugin.so: cannot open shared object file: No such file or directory *strict*share*"
line "permitted: 11"
line "permitted inside: opened"
line "the same: 1"
line "others: 1"
line "not strict: 7 *permit needs BH_CAPSULE_STRICT*"
line "relative: 7 *permitted*\"app\"*no absolute path*"
line "older: 1"

# A file says it, too.
printf '[capsule.x]\ntree = "%s"\nstrict = true\npermit = "app"\n' "$tree" >capsule.toml
language=c++ caller both <<'EOF'
#include <bulkhead/bulkhead.hpp>
#include <cstdio>
int main(int, char **arguments) {
  using namespace bulkhead;
  for (int permits = 0; permits < 2; ++permits) {
    Options options;
    options.tree(arguments[1]).strict();
    if (permits) options.permit(arguments[3]);
    Capsule capsule(options);
    try {
      Library library = capsule.open(arguments[2]);
      std::printf("%d\n", library.symbol<int()>("plugin")());
    } catch (const Error &error) {
      std::printf("code %d\n", error.code());
    }
  }
  Capsule capsule = Capsule::from_config("capsule.toml");
  std::printf("%d\n", capsule.open(arguments[2]).symbol<int()>("plugin")());
  try {
    capsule.open(arguments[4]);
  } catch (const Error &error) {
    std::printf("code %d\n", error.code());
  }
}
EOF
LD_LIBRARY_PATH=$host expect $'code 6\n11\n11\ncode 6' ./both "$tree" "$scratch/app/plugin.so" "$scratch/app" "$host/libneeded.so.1"
