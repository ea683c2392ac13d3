#!/bin/bash
# dlerror in a capsule begins as ld.so's does, with the name that was asked for, and says what it
# says: programs look for such words. What it adds stands at the end in parentheses.
. "${0%/*}/lib.sh"

library libbase.so.1 <<<'int base_value(void) { return 40; }'
library libneeds.so <<<'int given(void); int needs(void) { return given() + 1; }'
library libchain.so "$libs/libneeds.so" <<<'int needs(void); int chain(void) { return needs(); }'
library libbroken.so -Wl,--no-as-needed "$libs/libbase.so.1" <<<'int broken;'
echo garbage >"$libs/libgarbage.so"
library libinside.so.1 -ldl <<'END'
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
void all(void) {
  const char *names[] = {"libmissing.so", "/nonexistent/x.so", "libneeds.so", "libchain.so", "libgarbage.so"};
  for (int i = 0; i < 5; i++) {
    printf("%d ", dlopen(names[i], RTLD_NOW) == NULL);
    char *text = dlerror(), *words = text ? strstr(text, ": ") : NULL;
    // Before the colon the name, or the path where it was found, of what is wrong.
    if (words) { *words = 0; char *slash = strrchr(text, '/'); printf("%s%s\n", slash ? slash + 1 : text, words + 1); }
  }
  dlopen("libbase.so.1", 0);
  printf("%s\n", dlerror());
}
END
program main "$libs/libinside.so.1" <<<'void all(void); int main(void) { all(); }'
native=$(LD_LIBRARY_PATH=$libs ./main)
[[ $native == "1 libmissing.so cannot open shared object file: No such file or directory"* ]] || fail "the fixture is wrong: $native"
said=$(run libinside.so.1 -- ./main)
[[ $said == *"directory (bulkhead: is not in the tree $tree"* ]] || fail "no reason in: $said"
[[ $(sed 's/ (bulkhead: .*//' <<<"$said") == "$native" ]] || fail "said: $said; natively: $native"
