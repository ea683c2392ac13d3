# shellcheck shell=bash
# What the isolated-* scripts share: a library and a program that opens it by itself, in an isolated
# capsule of this system ("/") or, for comparison, with dlmopen alone.
. "${BASH_SOURCE[0]%/*}/lib.sh"

products=$(realpath "${bulkhead%/*}/../lib")
[[ -e $products/libbulkhead.so.0 ]] || fail "there is no library $products/libbulkhead.so.0"

# In programs: begin(arguments) opens the library as the first argument says; INSIDE(function,
# argument…) calls a function of it that is declared.
cat >begin.h <<'END_OF_HEADER'
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <bulkhead/bulkhead.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "claims.h"
static void *library;
static int plain;
static bh_capsule *capsule;
static void begin(char **arguments) {
  const char *tree = getenv("TREE");
  plain = strcmp(arguments[1], "plain") == 0;
  if (plain) {
    library = dlmopen(LM_ID_NEWLM, "./libinside.so", RTLD_NOW);
    if (library == NULL) { fprintf(stderr, "%s\n", dlerror()); exit(1); }
    return;
  }
  bh_error *error = NULL;
  bh_capsule_options options = {sizeof options, BH_CAPSULE_ISOLATED};
  if (strcmp(arguments[1], "own-heap") == 0) options.flags |= BH_CAPSULE_OWN_HEAP;
  options.tree = tree;
  char *file = tree ? strdup("libinside.so") : realpath("libinside.so", NULL);
  if (bh_capsule_open(&options, &capsule, &error) || bh_library_open(capsule, file, RTLD_NOW, (bh_library **)&library, &error)) {
    fprintf(stderr, "%s\n", bh_error_text(error));
    exit(1);
  }
  free(file);
}
static void *inside(const char *name) {
  void *found = plain ? dlsym(library, name) : bh_symbol((bh_library *)library, name, NULL, NULL);
  if (found == NULL) { fprintf(stderr, "%s is not inside\n", name); exit(1); }
  return found;
}
#define INSIDE(name, ...) (((__typeof__(&name))inside(#name))(__VA_ARGS__))
END_OF_HEADER

# The library, from standard input; $scratch/libinside.so.
inside() { # LANGUAGE [OPTION…] <SOURCE
    language=$1 compile "$scratch/libinside.so" -shared -fPIC "${@:2}" -pthread
}

# The program, from standard input; $scratch/main.
outside() { # LANGUAGE [OPTION…] <SOURCE
    language=$1 program main -I. "-I$here/../../include" "${@:2}" "$products/libbulkhead.so.0" "-Wl,-rpath,$products" -pthread
}

# That claims hold in an isolated capsule, and not all with dlmopen alone: else there would be nothing
# to see to.
isolation_makes_true() { # [ARGUMENT…] <CLAIMS
    claims timeout 60 ./main isolated "$@"
    local status=0
    timeout 20 ./main plain "$@" >plain.txt 2>/dev/null || status=$?
    echo >>plain.txt
    [[ $status != 0 || -n $(differing_claims claims.txt plain.txt) ]] ||
        fail "plain dlmopen does the same: the test shows nothing"
}

# That it prints this in an isolated capsule, and does not with dlmopen alone: else there would be
# nothing to see to.
isolation_makes() { # TEXT [ARGUMENT…]
    expect "$1" timeout 60 ./main isolated "${@:2}"
    local output
    output=$(timeout 20 ./main plain "${@:2}" 2>/dev/null) && [[ $output == "$1" ]] &&
        fail "plain dlmopen does the same: the test shows nothing"
    true
}
