#!/bin/bash
# "bulkhead capture" copies what a library needs of its tree: what its search paths and the tree's ld.so.conf lead to, links made
# relative, libraries for other processors, and what --include names. The copy works when it was moved and the tree is gone.
. "${0%/*}/lib.sh"

mkdir -p "$tree/opt/store" "$tree/opt/shared" "$tree/etc" "$libs/private" "$tree/usr/share/widget/themes" "$libs/glibc-hwcaps/x86-64-v3"
at=$libs/private library libdeep.so.1 <<<'int deep(void) { return 1; }'
at=$tree/opt/shared library libconf.so.1 <<<'int conf(void) { return 2; }'
at=$tree/opt/store library libstore.so.1 <<<'int store(void) { return 3; }'
ln -s /opt/store/libstore.so.1 "$libs/libstore.so.1"
library libplugin.so.1 <<<'int plugin(void) { return 4; }'
library libleft.so.1 <<<'int left(void) { return 5; }'
library libcpu.so.1 <<<'int cpu(void) { return 6; }'
at=$libs/glibc-hwcaps/x86-64-v3 library libcpu.so.1 <<<'int cpu(void) { return 6; }'
echo /opt/shared >"$tree/etc/ld.so.conf"
echo blue >"$tree/usr/share/widget/themes/colour"
ln -s /usr/share/widget/themes/colour "$tree/usr/share/widget/colour"
# libwidget.so.1 is a link, as in most systems.
at=$libs compile "$libs/libwidget.so.1.2.3" -shared -fPIC -Wl,-soname,libwidget.so.1 '-Wl,-rpath,$ORIGIN/private' "$libs/private/libdeep.so.1" \
    "$tree/opt/shared/libconf.so.1" "$libs/libcpu.so.1" "$tree/opt/store/libstore.so.1" <<'END'
#include <dlfcn.h>
#include "claims.h"
int deep(void), conf(void), store(void), cpu(void);
void widget(void) {
  char colour[8] = "none";
  FILE *file = fopen("/usr/share/widget/themes/colour", "r");
  if (file) fscanf(file, "%7s", colour);
  void *library = dlopen("libplugin.so.1", RTLD_NOW);
  CLAIM("by RUNPATH, by ld.so.conf, by a link, for the processor", "%d%d%d%d", deep(), conf(), store(), cpu());
  CLAIM("plugin", "%d", library ? ((int (*)(void))dlsym(library, "plugin"))() : 0);
  CLAIM("colour", "%s", colour);
}
END
ln -s libwidget.so.1.2.3 "$libs/libwidget.so.1"
program main "$libs/libwidget.so.1" <<<'void widget(void); int main(void) { widget(); }'

cat >claims.txt <<'END'
by RUNPATH, by ld.so.conf, by a link, for the processor => 1236
plugin => 4
colour => blue
END
with() { "$bulkhead" run --tree "$1" --expose libwidget.so.1 --map /usr/share/widget -- ./main; }
hold claims.txt with "$tree"

capture=("$bulkhead" capture --tree "$tree" --expose libwidget.so.1 --include libplugin.so.1,/usr/share/widget)
"${capture[@]}" --dry-run -o copy >listed.txt || fail "--dry-run: $?"
[[ ! -e copy ]] || fail "--dry-run has made copy"
for each in /usr/lib/libwidget.so.1.2.3 /usr/lib/private/libdeep.so.1 /opt/store/libstore.so.1 /opt/shared/libconf.so.1 \
    /usr/share/widget/themes/colour; do
    grep -q " $each  [a-z]" listed.txt || fail "$each is not listed: $(<listed.txt)"
done
expect "$scratch/copy: 7 libraries, 1 other file, $(tail -1 listed.txt | sed 's/.*, //')
bulkhead run --tree $scratch/copy --expose libwidget.so.1 -- PROGRAM" "${capture[@]}" -o copy
[[ -e copy/usr/lib/glibc-hwcaps/x86-64-v3/libcpu.so.1 && -e copy/usr/lib/libcpu.so.1 ]] || fail "one of the two libcpu.so.1 is not there"
[[ -z $(find copy -name 'libleft*') ]] || fail "libleft.so.1 is there, and nobody needs it"
[[ -z $(find copy -lname '/*') ]] || fail "there is an absolute link: $(find copy -lname '/*')"
[[ -z $(find -L copy -type l) ]] || fail "a link leads nowhere: $(find -L copy -type l)"
expect ok python3 - copy/bulkhead-capture.json "$tree" <<'END'
import json, os, sys
manifest = json.load(open(sys.argv[1]))
assert manifest["tree"] == sys.argv[2], manifest["tree"]
why = {each["soname"]: each["why"] for each in manifest["libraries"]}
assert why["libwidget.so.1"] == "exposed", why
assert why["libdeep.so.1"] == "needed by libwidget.so.1", why
assert why["libplugin.so.1"] == "asked for by --include", why
listed = {each["file"] for each in manifest["libraries"] + manifest["files"] + manifest["links"]}
top = os.path.dirname(sys.argv[1])
there = {os.path.join(path, name)[len(top):] for path, _, names in os.walk(top) for name in names}
assert there - listed == {"/bulkhead-capture.json", "/etc/ld.so.conf"}, there ^ listed
assert not listed - there, listed - there
print("ok")
END

mkdir "a place"
mv copy "a place/another name"
mv "$tree" gone
chmod 0 gone
hold claims.txt with "$scratch/a place/another name"
# The command finds what it shows below /run/host, too, although there is no libc.
grep -q libc.so "a place/another name/bulkhead-capture.json" && fail "there is a libc"
"$bulkhead" doctor --tree "a place/another name" >doctor.txt || fail "doctor: $(<doctor.txt)"
chmod 755 gone
