#!/usr/bin/env bash
# A tool that hooks functions hooks those of plugins that bring exposed libraries, too, before their constructors run;
# and the plugin gets the exposed library.
# shellcheck source=tests/behaviour/tool.bash
source "$(dirname "$0")/tool.bash"

at=$host library libwhich.so <<<'int which(void) { return 1; }'
library libwhich.so <<<'int which(void) { return 2; }'
module libplugin.so -Wl,--no-as-needed "$host/libwhich.so" <<'END'
#include <unistd.h>
int which(void), early;
__attribute__((constructor)) static void start(void) { early = getppid(); }
int plugin(void) { return 10 * early + which(); }
END
tool libtool.so <<'END'
#include "tool.h"
static int (*original)(void);
static int seven(void) { return original() == getppid() ? 7 : -1000; }
__attribute__((constructor)) static void start(void) { hook("getppid", seven, &original); }
END
caller main -Wl,--no-as-needed "$host/libtool.so" "-Wl,-rpath,$host" <<'END'
#include "api-calls.h"
int main(int count, char **arguments) {
    capsule_with(OPTIONS(.tree = arguments[1], .expose = NAMES("libwhich.so")));
    void *plugin = dlopen(arguments[2], RTLD_NOW);
    printf("%d\n", plugin ? ((int (*)(void))dlsym(plugin, "plugin"))() : -1);
}
END
LD_LIBRARY_PATH=$host expect 72 ./main "$tree" "$host/libplugin.so"
LD_LIBRARY_PATH=$host expect 72 ./main "$tree" libplugin.so
