#!/bin/bash
# dlopen by a library of the tree: bare names, absolute paths, \$ORIGIN, symbolic links; what it
# opens, and what that needs, is the tree's, also where this system has files of those names.
# shellcheck disable=SC2016 # $ORIGIN is for the dynamic linker
. "${0%/*}/lib.sh"

mkdir -p "$libs/plugins" "$tree/opt/moved"
for where in "$libs" "$host"; do
    at=$where library libneeded.so.1 "-DFROM=\"${where##*/}\"" <<<'const char *needed(void) { return FROM; }'
done
plugin='const char *needed(void); const char *plugin(void) { return needed(); }'
library libplain.so.1 "$libs/libneeded.so.1" <<<"$plugin"
at=$host library libplain.so.1 "$host/libneeded.so.1" <<<"$plugin"
at=$libs/plugins library beside.so "$libs/libneeded.so.1" <<<"$plugin"
at=$tree/opt/moved library moved.so.1 "$libs/libneeded.so.1" <<<"$plugin"
compile "$tree/opt/moved/nameless.so" -shared -fPIC "$libs/libneeded.so.1" <<<"$plugin"
ln -s /opt/moved "$libs/absolute"
ln -s ../../opt/moved "$libs/relative"
ln -s moved.so.1 "$tree/opt/moved/moved.so"
library libopener.so.1 -Wl,-rpath,'$ORIGIN/plugins' -ldl <<END
#include <dlfcn.h>
#include <stdio.h>
void open_it(const char *name) {
  void *handle = dlopen(name, RTLD_NOW);
  const char *(*plugin)(void) = handle ? dlsym(handle, "plugin") : NULL;
  printf("%s", plugin ? plugin() : dlerror());
}
END
program main "$libs/libopener.so.1" <<END
void open_it(const char *);
int main(int count, char **arguments) { open_it(arguments[1]); }
END
for name in libplain.so.1 beside.so /usr/lib/libplain.so.1 "$libs/libplain.so.1" /usr/lib/plugins/beside.so \
    '$ORIGIN/plugins/beside.so' /opt/moved/moved.so.1 /opt/moved/moved.so /usr/lib/absolute/moved.so \
    /usr/lib/absolute/nameless.so /usr/lib/relative/nameless.so /usr/lib/../lib/libplain.so.1; do
    LD_LIBRARY_PATH=$host expect lib run libopener.so.1 -- ./main "$name"
done
# What the tree does not have: this program's own file by its path, and nothing by its name.
at=$host library libonlyhost.so <<<'const char *plugin(void) { return "host"; }'
expect host run libopener.so.1 -- ./main "$host/libonlyhost.so"
missing=$(LD_LIBRARY_PATH=$host run libopener.so.1 -- ./main libonlyhost.so)
[[ $missing == *libonlyhost.so*"not in the tree"* ]] || fail "dlerror says: $missing"
