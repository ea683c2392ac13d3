#!/bin/bash
# What would be a mistake with <bulkhead/bulkhead.hpp> does not compile, and the compiler says what to do.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

refused() { # EXPRESSION
    ! g++ -std=c++17 -fsyntax-only -I"$include" -x c++ - <<<"
#include <bulkhead/bulkhead.hpp>
void f(bulkhead::Library& library) { $1; }" 2>errors || fail "it compiles: $1"
    grep -q "name the" errors || fail "no advice: $(<errors)"
}
refused 'library.symbol<int (*)(int)>("f")'
refused 'library.symbol<int&>("n")'
