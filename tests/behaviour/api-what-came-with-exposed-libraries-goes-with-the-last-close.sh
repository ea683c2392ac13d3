#!/bin/bash
# What a dlopen has brought beside an exposed library keeps its scope until the program has closed that as often as it has
# opened it; then it goes.
. "${0%/*}/api.bash"

module libshared.so <<<'int who(void) { return 1; } int ask(void) { return who(); }'
cp "$host/libshared.so" "$libs"
twin libmiddle.so -Wl,--no-as-needed "$libs/libshared.so" <<<''
twin libtop.so -Wl,--no-as-needed "$libs/libmiddle.so" <<<'int who(void) { return 3; }'
caller asks <<'END'
#include "api-calls.h"
#include "claims.h"
static int ask(void *handle, const char *name) { return ((int (*)(void))dlsym(handle, name))(); }
int main(int count, char **arguments) {
  if (*arguments[1])
    capsule_with(OPTIONS(.tree = arguments[1], .expose = NAMES("libtop.so", "libmiddle.so"), .share = NAMES("libshared.so")));
  dlopen("libtop.so", RTLD_LAZY);
  dlclose(dlopen("libtop.so", RTLD_LAZY));
  CLAIM("the shared one asks", "%d", ask(dlopen("libshared.so", RTLD_LAZY), "ask"));
}
END
claims_natively_and_exposed ./asks <<<'the shared one asks => 3'

twin libneeded.so <<<'int needed(void) { return 3; }'
module libplug.so -Wl,--no-as-needed "$libs/libneeded.so" <<<''
caller closes <<'END'
#include "api-calls.h"
#include "claims.h"
int main(int count, char **arguments) {
  if (*arguments[1]) capsule_with(OPTIONS(.tree = arguments[1], .expose = NAMES("libneeded.so")));
  void *plug = dlopen("libplug.so", RTLD_LAZY);
  dlopen("libplug.so", RTLD_LAZY);
  dlclose(plug);
  HOLDS("it is there", dlopen("libplug.so", RTLD_LAZY | RTLD_NOLOAD));
  dlclose(plug);
  dlclose(plug);
  HOLDS("it is there after the last close", dlopen("libplug.so", RTLD_LAZY | RTLD_NOLOAD));
}
END
claims_natively_and_exposed ./closes <<'END'
it is there => yes
it is there after the last close => no
END
