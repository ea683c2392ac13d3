#!/bin/bash
# Exposed libraries that come with a plugin are searched where they would be natively: behind the program and its
# libraries, before what the plugin needs after them; first with RTLD_DEEPBIND, for everybody with RTLD_GLOBAL.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

twin libfoo.so <<'EOF'
void *dlsym(void *, const char *);
int foo = 1, both = 1, of_program = 1;
int *foos(void) { return &of_program; }
int *found(void) { return dlsym(0, "of_program"); }
EOF
module libbar.so <<<'int bar = 2, both = 2;'
module libof.so <<<'int of_program = 3;'
module libplugin.so -Wl,--no-as-needed "$libs/libfoo.so" "$host/libbar.so" <<'EOF'
extern int foo, bar, both, of_program;
int plugin(void) { return 1000 * foo + 100 * bar + 10 * both + of_program; }
EOF
caller program "$host/libof.so" -Wl,--no-as-needed <<'EOF'
#include "api-calls.h"
#include "claims.h"
extern int of_program;
int main(int count, char **arguments) {
  expose(arguments[1], NAMES("libfoo.so"));
  void *plugin = dlopen("libplugin.so", atoi(arguments[2]));
  if (!plugin) return puts(dlerror());
  CLAIM("of the plugin", "%d", ((int (*)(void))dlsym(plugin, "plugin"))());
  CLAIM("of the exposed one", "%d", *((int *(*)(void))dlsym(plugin, "foos"))());
  if (!(atoi(arguments[2]) & RTLD_DEEPBIND)) CLAIM("as it asks itself", "%d", *((int *(*)(void))dlsym(plugin, "found"))());
  CLAIM("of the program", "%d", of_program);
  HOLDS("for everybody", dlsym(RTLD_DEFAULT, "foos"));
}
EOF
modes=(2 258 10 1) # RTLD_NOW, with RTLD_GLOBAL, with RTLD_DEEPBIND; RTLD_LAZY
wanted=(1213 1213 1211 1213) own=(3 3 1 3) asked=("as it asks itself => 3" "as it asks itself => 3" "" "as it asks itself => 3") global=(no yes no no)
for i in "${!modes[@]}"; do
    claims_natively_and_exposed ./program "${modes[i]}" <<END
of the plugin => ${wanted[i]}
of the exposed one => ${own[i]}
${asked[i]}
of the program => 3
for everybody => ${global[i]}
END
done
