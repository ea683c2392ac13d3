# shellcheck shell=bash
# What the scripts tests/behaviour/dlmopen-* share: programs that are built twice, for bulkhead and for
# plain glibc, which is the oracle.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

# ./NAME with bulkhead, ./NAME-plain with glibc alone.
both() { # NAME OPTION… <SOURCE
    cat >"$scratch/source.c"
    caller "$1" "${@:2}" <"$scratch/source.c"
    program "$1-plain" -DPLAIN -I"$here" "${@:2}" -pthread <"$scratch/source.c"
}

glibc_at_least() { # 2.NN
    local version
    version=$(getconf GNU_LIBC_VERSION)
    [[ $(printf '%s\n' "$1" "${version#glibc }" | sort -V | sed -n 1p) == "$1" ]]
}

# That both print this.
agree() { # TEXT NAME ARGUMENT…
    expect "$1" "./$2-plain" "${@:3}"
    expect "$1" "./$2" "${@:3}"
}

# The same, claim by claim.
agree_on() { # NAME ARGUMENT… <CLAIMS
    claims "./$1-plain" "${@:2}"
    hold "$scratch/claims.txt" "./$1" "${@:2}"
}

# Steps (dlmopen-steps.h), each with what comes of it.
steps_program() { [[ -x steps ]] || both steps -Wl,--export-dynamic-symbol=exported_by_program <<<'#include "dlmopen-steps.h"'; }

run_steps() { # PROGRAM STEPS
    MODULES=$host hold "$2" with_input "$2" "$1"
}
with_input() { "${@:2}" <"$1"; }

# Each takes steps on standard input. The oracle comes first.
bulkhead_does() {
    steps_program
    cat >wanted.txt
    run_steps ./steps wanted.txt
}
plain_does() {
    steps_program
    cat >wanted.txt
    run_steps ./steps-plain wanted.txt
}
dlopen_does() { STEPS_IN_BASE=1 plain_does; }

# In a namespace of plain dlmopen's, and of bulkhead's.
both_do() {
    plain_does
    run_steps ./steps wanted.txt
}

# The same, where plain dlmopen of an older glibc ends the process (an error of dlsym or dlopen inside).
both_do_since() { # 2.NN <STEPS
    if glibc_at_least "$1"; then both_do; else bulkhead_does; fi
}

# In the program's namespace, and in one of bulkhead's: for what plain dlmopen cannot do.
does_as_dlopen() {
    dlopen_does
    run_steps ./steps wanted.txt
}

# A library that says when it begins and ends, and counts. With -DOPENS=FILE its constructor opens another one, which its
# destructor closes again, but with -DKEEPS.
part() { # NAME OPTION…
    module "lib$1.so.1" "-DNAME=\"$1\"" -DBUMP="bump_$1" '-Wl,-rpath,$ORIGIN' -Wl,--no-as-needed "${@:2}" <<'EOF'
#include <dlfcn.h>
#include <stdio.h>
#ifdef OPENS
static void *other;
#endif
__attribute__((constructor)) static void begin(void) {
#ifdef OPENS
  dprintf(1, NAME "( ");
  other = dlopen(OPENS, RTLD_NOW);
  dprintf(1, "%s", other ? ")" : "error) ");
#else
  dprintf(1, NAME);
#endif
  dprintf(1, "+ ");
}
__attribute__((destructor)) static void end(void) {
  dprintf(1, NAME "- ");
#if defined OPENS && !defined KEEPS
  dlclose(other);
#endif
}
static int count;
int BUMP(void) { return ++count; }
EOF
}

# A library with two thread-local variables, of a model, a size and an alignment.
variable() { # NAME MODEL OPTION…
    module "lib$1.so.1" -ftls-model="$2" -DSET="set_$1" -DZERO="zero_$1" "${@:3}" '-Wl,-rpath,$ORIGIN' <<'EOF'
#include <stdint.h>
#ifndef ALIGNED
#define ALIGNED 8
#endif
#ifndef SIZE
#define SIZE 8
#endif
__thread long SET = 7;
__thread char ZERO[SIZE] __attribute__((aligned(ALIGNED)));
int bump(void) { return (int)++SET; }
int is_sound(void) {
  for (int i = 0; i < SIZE; ++i) if (ZERO[i] != 0) return 0;
  return (uintptr_t)ZERO % ALIGNED == 0;
}
EOF
}
