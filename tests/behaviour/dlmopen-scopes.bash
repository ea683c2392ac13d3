# shellcheck shell=bash
# What the scripts about scopes in a namespace share: libraries that define the same names, need or look up what others
# define.
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

defines() { module "lib$1.so.1" -Wl,-z,lazy '-Wl,-rpath,$ORIGIN' -Wl,--no-as-needed "${@:2}"; }

defines one <<<'int common(void) { return 1; } int only_one(void) { return 11; }'
defines two <<<'int common(void) { return 2; } int only_two(void) { return 22; }'
# Needs both: the first one listed is the first one found.
defines both "$host/libone.so.1" "$host/libtwo.so.1" <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
int common(void);
int by_reference(void) { return common(); }
int by_default(void) { int (*f)(void) = dlsym(RTLD_DEFAULT, "common"); return f ? f() : -1; }
EOF
# Needs nobody.
defines alone <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
int common(void) __attribute__((weak));
int by_weak(void) { return common ? common() : -1; }
int by_default(void) { int (*f)(void) = dlsym(RTLD_DEFAULT, "common"); return f ? f() : -1; }
int in_itself(void) { void *self = dlopen(0, RTLD_NOW); int (*f)(void) = dlsym(self, "common"); return f ? f() : -1; }
EOF
# Has one of its own, and finds the next.
defines own "$host/libone.so.1" "$host/libtwo.so.1" <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
int common(void) { return 3; }
int by_reference(void) { return common(); }
int by_next(void) { int (*f)(void) = dlsym(RTLD_NEXT, "common"); return f ? f() : -1; }
int after_all(void) { return dlsym(RTLD_NEXT, "by_next") != 0; }
EOF
defines wantsone <<<'int only_one(void); int get(void) { return only_one(); }'

defines nothing <<<''
