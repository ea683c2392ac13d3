#!/bin/bash
# A dlopen that fails says what it says natively, and what it would have brought of exposed libraries is not loaded; no
# constructor has run. Where the exposed library itself cannot be had it fails as well, and dlerror has the reason.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

twin libfoo.so <<'EOF'
#include <stdio.h>
int foo(void) { return 1; }
__attribute__((constructor)) static void begin(void) { puts("foo begins"); }
EOF
module libnowhere.so -Wl,--no-as-needed "$libs/libfoo.so" <<<'int nowhere(void), foo(void); int plugin(void) { return nowhere() + foo(); }'
module libgone.so <<<''
module libmissing.so -Wl,--no-as-needed "$libs/libfoo.so" "$host/libgone.so" <<<''
rm "$host/libgone.so"
twin libbar.so <<<'int bar(void) { return 2; }'
module libplugin.so -Wl,--no-as-needed "$libs/libbar.so" <<<'int bar(void); int plugin(void) { return bar(); }'

caller program <<'EOF'
#include "api-calls.h"
#include "claims.h"
static const char *reason(const char *name, int mode) {
  if (dlopen(name, mode)) return "none";
  const char *text = dlerror(), *colon = strrchr(text, ':');
  return strstr(text, "libbar.so: ") ? "libbar.so" : colon ? colon + 2 : text;
}
static int is_loaded(const char *name) { return dlopen(name, RTLD_NOW | RTLD_NOLOAD) != 0; }
int main(int count, char **arguments) {
  setvbuf(stdout, 0, _IOLBF, 0);
  expose(arguments[1], NAMES("libfoo.so", "libbar.so"));
  CLAIM("a function that is nowhere", "%s", reason("libnowhere.so", RTLD_NOW));
  CLAIM("a library that is missing", "%s", reason("libmissing.so", RTLD_LAZY));
  HOLDS("the exposed one is not loaded", !is_loaded("libfoo.so") && !is_loaded("libnowhere.so"));
  if (count > 2 && remove(arguments[2])) return puts("cannot be removed");
  CLAIM("an exposed one that is gone", "%s", reason("libplugin.so", RTLD_NOW));
  void *lazy = dlopen("libnowhere.so", RTLD_LAZY);
  HOLDS("lazily the first one opens", lazy);
}
EOF
cat >natively <<'END'
a function that is nowhere => nowhere
a library that is missing => No such file or directory
the exposed one is not loaded => yes
an exposed one that is gone => none
foo begins
lazily the first one opens => yes
END
LD_LIBRARY_PATH=$host hold natively ./program ""
sed 's/is gone => none/is gone => libbar.so/' natively >exposed
LD_LIBRARY_PATH=$host hold exposed ./program "$tree" "$libs/libbar.so"
