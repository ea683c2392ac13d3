#!/bin/bash
# A strict capsule takes of this system what is on its shared list, and that alone: what is shared stays shared; what a
# shared library brings, what was linked with -z unique, what filters name and what came past a shim is refused, and the
# message says how to list it.
# shellcheck source=tests/behaviour/lib.sh
. "${0%/*}/lib.sh"

export LD_LIBRARY_PATH=$host
strictly() { run "$1" --strict "${@:2}"; }

# Shared: one object on both sides, also opened by name and by a library that is opened later.
for where in "$libs" "$host"; do
    at=$where library libcount.so.1 <<<'static int n; int count(void) { return ++n; }'
done
library liblater.so.1 "$libs/libcount.so.1" <<<'int count(void); int later(void) { return count(); }'
library libuses.so.1 "$libs/libcount.so.1" -ldl <<'EOF'
#include <dlfcn.h>
int count(void);
static int call(const char *file, const char *name) {
  void *handle = dlopen(file, RTLD_NOW);
  int (*function)(void) = handle ? dlsym(handle, name) : 0;
  return function ? function() : -1;
}
int uses(void) { return count() + 10 * call("libcount.so.1", "count") + 100 * call("liblater.so.1", "later"); }
EOF
program counts "$libs/libuses.so.1" "$host/libcount.so.1" <<'EOF'
#include <stdio.h>
int uses(void), count(void);
int main(void) { count(); int all = uses(); printf("%d %d\n", all, count()); }
EOF
expect "432 5" strictly libuses.so.1 --share libcount.so.1 -- ./counts

# What a shared library brings: before the start, and in a library that is opened later.
at=$host library libbrought.so.1 <<<'int brought(void) { return 4; }'
at=$host library libshared.so.1 -Wl,--no-as-needed "$host/libbrought.so.1" <<<'int shared(void) { return 6; }'
library libshared.so.1 <<<'int shared(void) { return 0; }'
library liblists.so.1 -Wl,--no-as-needed "$libs/libshared.so.1" <<<'int brought(void); int lists(void) { return brought(); }'
program lists "$libs/liblists.so.1" <<<'int printf(const char *, ...), lists(void); int main(void) { printf("%d\n", lists()); }'
expect 4 run liblists.so.1 --share libshared.so.1 -- ./lists
refuses "brought is imported by .*liblists.so.1; .*$host/libbrought.so.1 has it.*strict; .*--share libbrought.so.1" \
    -- strictly liblists.so.1 --share libshared.so.1 -- ./lists
expect 4 strictly liblists.so.1 --share libshared.so.1,libbrought.so.1 -- ./lists
library libopener.so.1 -Wl,--no-as-needed "$libs/libshared.so.1" -ldl <<'EOF'
#include <dlfcn.h>
#include <stdio.h>
void open_it(const char *file) {
  void *handle = dlopen(file, RTLD_NOW);
  printf("%s", handle ? "opened" : dlerror());
}
EOF
program opens "$libs/libopener.so.1" <<<'void open_it(const char *); int main(int n, char **a) { open_it(a[1]); }'
expect opened run libopener.so.1 --share libshared.so.1 -- ./opens liblists.so.1
said=$(strictly libopener.so.1 --share libshared.so.1 -- ./opens liblists.so.1)
[[ $said == *libbrought.so.1*strict*"--share libbrought.so.1"* ]] || fail "of what is brought, dlopen said: $said"

# Past a shim.
mkdir bundle
library libobject.so.1 <<<'int made(void) { return 1; }'
cp "$libs/libobject.so.1" bundle
library libmaker.so.1 "$libs/libobject.so.1" <<<'int made(void); int maker(void) { return made(); }'
program makes "$libs/libmaker.so.1" "$libs/libobject.so.1" <<<'int printf(const char *, ...), maker(void), made(void); int main(void) { printf("%d\n", maker() + made()); }'
printf '#!/bin/sh\nLD_LIBRARY_PATH=%s:$LD_LIBRARY_PATH exec %s\n' "$scratch/bundle" "$scratch/makes" >wrapper
chmod +x wrapper
expect 2 run libmaker.so.1,libobject.so.1 -- ./wrapper
refuses "bundle/libobject.so.1 in place of the exposed library" strict -- strictly libmaker.so.1,libobject.so.1 -- ./wrapper

# Filters: what they name comes from the tree; not from here.
mkdir "$libs/deep"
for where in "$libs/deep" "$host"; do
    at=$where library libfiltee.so.1 "-DFROM=\"${where##*/}\"" <<<'const char *value(void) { return FROM; }'
done
filters() { library "lib$1.so.1" "-Wl,$2,libfiltee.so.1,--enable-new-dtags,-rpath,/usr/lib/deep" <<<'const char *value(void) { return "filter"; }'; }
filters filter -F
filters auxiliary -f
for name in filter auxiliary; do
    library libwith$name.so.1 "$libs/lib$name.so.1" <<<'const char *value(void); const char *with(void) { return value(); }'
    program with$name "$libs/libwith$name.so.1" <<<'int puts(const char *); const char *with(void); int main(void) { puts(with()); }'
    expect deep strictly libwith$name.so.1 -- ./with$name
done
rm "$libs/deep/libfiltee.so.1"
for name in filter auxiliary; do
    expect host run libwith$name.so.1 -- ./with$name
    refuses "libfiltee.so.1.*lib$name.so.1 is a filter for it.*strict" -- strictly libwith$name.so.1 -- ./with$name
done
said=$(strictly libopener.so.1 -- ./opens libfilter.so.1)
[[ $said == *libfiltee.so.1*"libfilter.so.1 is a filter for it"*strict* ]] || fail "of a filter, dlopen said: $said"
expect host strictly libwithfilter.so.1 --share libfiltee.so.1 -- ./withfilter

# -z unique: in the plan it is listed; opened later it is refused unless it is.
echo 'int one;' | gcc -w -x c - -shared -Wl,-z,unique -o probe.so 2>ld.txt && ! grep -q "unique ignored" ld.txt || exit 0
for where in "$libs" "$host"; do
    at=$where library libonce.so.1 -Wl,-z,unique <<<'int once(void) { return 1; }'
done
expect opened run libopener.so.1 -- ./opens libonce.so.1
said=$(strictly libopener.so.1 -- ./opens libonce.so.1)
[[ $said == *libonce.so.1*strict*unique*"--share libonce.so.1"* ]] || fail "of a unique one, dlopen said: $said"
expect opened strictly libopener.so.1 --share libonce.so.1 -- ./opens libonce.so.1
expect opened strictly libopener.so.1 --private libonce.so.1 -- ./opens libonce.so.1
