#!/bin/bash
# Thread-local variables, and names of several versions, that only the program or its libraries
# define, and that an exposed library uses without saying whose they are.
. "${0%/*}/lib.sh"

echo 'V1 {}; V2 {} V1;' >v.map
at=$host library libversions.so -Wl,--version-script=v.map <<'END'
int newer(void) { return 2; }
__asm__(".symver newer, several@@V2");
int older(void) { return 1; }
__asm__(".symver older, several@V1");
END
at=$host library libholder.so <<<'__thread int held = 6;'
library libwants.so <<'END'
extern __thread int mine, held;
int several(void);
int get_mine(void) { return mine; }
int *get_held(void) { return &held; }
int get_several(void) { return several(); }
END
program main -rdynamic -pthread -Wl,--no-as-needed "$libs/libwants.so" "$host/libholder.so" "$host/libversions.so" "-Wl,-rpath,$host" <<'END'
#include <pthread.h>
#include "claims.h"
__thread int mine = 5;
extern __thread int held;
int get_mine(void), *get_held(void), get_several(void);
void *thread(void *unused) {
  mine += 2;
  CLAIM("the program's, in a thread", "%d", get_mine());
  HOLDS("a library's, in a thread", get_held() == &held && held == 6);
  return NULL;
}
int main(void) {
  mine = 8;
  CLAIM("the program's", "%d", get_mine());
  HOLDS("a library's", get_held() == &held);
  pthread_t id;
  pthread_create(&id, NULL, thread, NULL);
  pthread_join(id, NULL);
  CLAIM("of several versions the first", "%d", get_several());
}
END
claims_natively_and_in libwants.so -- ./main <<'END'
the program's                 => 8
a library's                   => yes
the program's, in a thread    => 7
a library's, in a thread      => yes
of several versions the first => 1
END

# An exposed library's own are passed by where one of this system's comes first, each at its own place.
library libours.so <<'END'
__thread int filler = 10, first = 11, second = 12, third = 13;
int get_first(void) { return first; }
int get_second(void) { return second; }
int get_third(void) { return third; }
END
at=$host library libtheirs.so <<<'__thread int unused = 20, second = 22, more = 23, third = 24;'
program order -Wl,--no-as-needed "$host/libtheirs.so" "$libs/libours.so" "-Wl,-rpath,$host" <<'END'
#include "claims.h"
int get_first(void), get_second(void), get_third(void);
int main(void) { CLAIM("inside", "%d %d %d", get_first(), get_second(), get_third()); }
END
claims_natively_and_in libours.so -- ./order <<<'inside => 11 22 24'
