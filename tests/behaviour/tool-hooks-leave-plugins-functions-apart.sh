#!/usr/bin/env bash
# Plugins that were opened without RTLD_GLOBAL may each have a function of one name: a hook that
# goes on to the original does not send one's calls to the other's. A global one is all callers'.
# shellcheck source=tests/behaviour/tool.bash
source "$(dirname "$0")/tool.bash"

for number in 1 2; do
    for binding in lazy now; do
        compile "$host/plugin$number-$binding.so" -shared -fPIC -DNUMBER=$number -Wl,-z,$binding <<'END_OF_PLUGIN'
int helper(void) { return NUMBER; }
int first(void) { return helper(); }
int second(void) { return helper(); }
END_OF_PLUGIN
    done
done
program main -rdynamic -ldl <<'END_OF_PROGRAM'
#include <dlfcn.h>
#include <stdio.h>
int main(int count, char **arguments) {
    int mode = arguments[1][0] == 'g' ? RTLD_GLOBAL : 0;
    for (int i = 2; i < count; ++i) {
        void *plugin = dlopen(arguments[i], RTLD_LAZY | mode);
        if (!plugin) return puts(dlerror()), 1;
        printf("%d ", ((int (*)(void))dlsym(plugin, "first"))());
    }
    return puts("") < 0;
}
END_OF_PROGRAM
tool libtool.so <<'END_OF_TOOL'
#include "tool.h"
static int (*original)(void);
static int replacement(void) { return original() + (getenv("MARK") ? 10 : 0); }
__attribute__((constructor)) static void start(void) { hook("helper", (void *)replacement, (void *)&original); }
END_OF_TOOL
for binding in lazy now; do
    plugins=("$host/plugin1-$binding.so" "$host/plugin2-$binding.so")
    [[ $(./main local "${plugins[@]}") == "1 2 " && $(./main global "${plugins[@]}") == "1 1 " ]] || fail "the fixture is wrong"
    with_tool "1 2 " libtool.so ./main local "${plugins[@]}"
    with_tool "1 1 " libtool.so ./main global "${plugins[@]}"
    MARK=1 with_tool "11 2 " libtool.so ./main local "${plugins[@]}"
    MARK=1 with_tool "11 11 " libtool.so ./main global "${plugins[@]}"
done
