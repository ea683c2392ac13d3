#!/bin/bash
# An exposed library's variables, thread-local ones among them, have their values when the constructors of the
# program's libraries read them, though its own constructors run later; and what these libraries write stays.
. "${0%/*}/lib.sh"

library libexposed.so <<'END'
#include "claims.h"
int number = 11, changed = 1, *pointer = &number, copied = 21;
__thread int each = 12;
static int begun;
__attribute__((constructor)) static void begin(void) { begun = 1; puts("the exposed library begins"); }
int has_begun(void) { return begun; }
int get_changed(void) { return changed; }
END
at=$host library libearlier.so -Wl,--unresolved-symbols=ignore-all <<'END'
#include "claims.h"
extern int number, changed, *pointer, copied, has_begun(void);
extern __thread int each;
__attribute__((constructor)) static void begin(void) {
  CLAIM("a variable", "%d", number);
  CLAIM("by a pointer", "%d", *pointer);
  CLAIM("a thread-local variable", "%d", each);
  CLAIM("one that the program has copied", "%d", copied);
  CLAIM("its library has begun", "%d", has_begun());
  changed = 2;
}
END
program main -fno-pic -no-pie -Wl,--no-as-needed "$libs/libexposed.so" "$host/libearlier.so" "-Wl,-rpath,$host" <<'END'
#include "claims.h"
extern int copied, get_changed(void);
int main(void) {
  CLAIM("what was written", "%d", get_changed());
  CLAIM("the program's copy", "%d", copied);
}
END
cat >claims <<'END'
a variable => 11
by a pointer => 11
a thread-local variable => 12
one that the program has copied => 21
its library has begun => 0
the exposed library begins
what was written => 2
the program's copy => 21
END
claims_natively_and_in libexposed.so -- ./main <claims

# A shared library that the exposed one needs begins before it, once.
at=$host library libshared.so <<'END'
#include "claims.h"
int number = 33;
__attribute__((constructor)) static void begin(void) { CLAIM("the shared library begins with", "%d", number); }
END
library libupper.so -Wl,--no-as-needed "$host/libshared.so" <<<'int number = 44; int get(void) { return number; }'
cp "$host/libshared.so" "$libs/"
program upper "$libs/libupper.so" "-Wl,-rpath,$host" <<'END'
#include "claims.h"
int get(void);
int main(void) { CLAIM("main", "%d", get()); }
END
LD_LIBRARY_PATH=$host claims_natively_and_in libupper.so --share libshared.so -- ./upper <<'END'
the shared library begins with => 44
main => 44
END
