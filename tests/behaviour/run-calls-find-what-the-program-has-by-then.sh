#!/bin/bash
# A library that the program opens finds what the program, and what it opened before, defines; and
# its calls find what the program opens afterwards and needs the library for.
. "${0%/*}/lib.sh"

library libmiddle.so -Wl,-z,lazy <<'C'
int upper(void), of_program(void), early(void);
extern int variable;
int calls_upper(void) { return upper(); }
int calls_program(void) { return of_program() + variable; }
C
library libnow.so -Wl,-z,now <<<'int early(void); int calls_early(void) { return early(); }'
# This system's: it needs the exposed one, and has what that calls.
at=$host library libupper.so "$libs/libmiddle.so" <<<'int calls_upper(void); int upper(void) { return 7; } int through(void) { return calls_upper(); }'
at=$host library libearly.so <<<'int early(void) { return 3; }'
program main -rdynamic "-Wl,-rpath,$host" <<'C'
#include <dlfcn.h>
#include "claims.h"
int variable = 40;
int of_program(void) { return 2; }
static int call(void *library, const char *name) {
  int (*function)(void) = library ? (int (*)(void))dlsym(library, name) : NULL;
  return function ? function() : -1;
}
int main(void) {
  void *middle = dlopen("libmiddle.so", RTLD_LAZY);
  CLAIM("what the program defines", "%d", call(middle, "calls_program"));
  void *upper = dlopen("libupper.so", RTLD_LAZY);
  CLAIM("what needs the library, called from it", "%d", call(upper, "through"));
  CLAIM("called again", "%d", call(middle, "calls_upper"));
  dlopen("libearly.so", RTLD_NOW | RTLD_GLOBAL);
  CLAIM("what was made global before", "%d", call(dlopen("libnow.so", RTLD_NOW), "calls_early"));
}
C
claims_natively_and_in libmiddle.so,libnow.so -- ./main <<'C'
what the program defines               => 42
what needs the library, called from it => 7
called again                           => 7
what was made global before            => 3
C

# What nobody has ends the program as it does natively.
library libalone.so -Wl,-z,lazy <<<'int upper(void); int calls_upper(void) { return upper(); }'
program alone <<'C'
#include <dlfcn.h>
int main(void) { return ((int (*)(void))dlsym(dlopen("libalone.so", RTLD_LAZY), "calls_upper"))(); }
C
for way in "env LD_LIBRARY_PATH=$libs" "run libalone.so --"; do
    status=0
    $way ./alone 2>said || status=$?
    [[ $status == 127 ]] || fail "$way: status $status"
    grep -q 'libalone.so: undefined symbol: upper' said || fail "$way: $(<said)"
done

# All registers that carry arguments are as they were when the function is called.
library libregisters.so -Wl,-z,lazy <<'C'
double late(int a, long b, int c, long d, int e, long f, double g, double h, float i, int j);
double calls(void) { return late(1, 2, 3, 4, 5, 6, 7.5, 8.25, 9.0f, 10); }
C
at=$host library libregistersown.so "$libs/libregisters.so" <<'C'
double late(int a, long b, int c, long d, int e, long f, double g, double h, float i, int j) {
  return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + g + h + i + j;
}
double calls(void);
double through(void) { return calls(); }
C
program registers "-Wl,-rpath,$host" <<'C'
#include <dlfcn.h>
#include "claims.h"
int main(void) {
  void *library = dlopen("libregisters.so", RTLD_LAZY);
  dlopen("libregistersown.so", RTLD_LAZY);
  CLAIM("ten arguments", "%g", ((double (*)(void))dlsym(library, "calls"))());
}
C
claims_natively_and_in libregisters.so -- ./registers <<<'ten arguments => 125.75'

# A call of a version is of that version, also where others call the same name and find it nowhere.
echo 'V1 {}; V2 {} V1;' >v.map
library libversions.so -Wl,--version-script=v.map <<'C'
int newer(void) { return 2; }
__asm__(".symver newer, twice@@V2");
int older(void) { return 1; }
__asm__(".symver older, twice@V1");
C
library libversioned.so -Wl,-z,lazy "$libs/libversions.so" <<'C'
int twice(void), late(void);
__asm__(".symver twice, twice@V1");
int calls_version(void) { return late() + twice(); }
C
library libplain.so -Wl,-z,lazy <<<'int twice(void); int calls_plain(void) { return twice(); }'
at=$host library libplainly.so -Wl,--no-as-needed "$libs/libplain.so" "$libs/libversioned.so" <<<'int twice(void) { return 9; } int late(void) { return 40; }'
program versions "-Wl,-rpath,$host" <<'C'
#include <dlfcn.h>
#include "claims.h"
static int call(void *library, const char *name) { return ((int (*)(void))dlsym(library, name))(); }
int main(void) {
  void *plain = dlopen("libplain.so", RTLD_LAZY), *versioned = dlopen("libversioned.so", RTLD_LAZY);
  dlopen("libplainly.so", RTLD_LAZY);
  CLAIM("without a version", "%d", call(plain, "calls_plain"));
  CLAIM("of a version", "%d", call(versioned, "calls_version"));
}
C
claims_natively_and_in libplain.so,libversioned.so -- ./versions <<'C'
without a version => 9
of a version      => 41
C
