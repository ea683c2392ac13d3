#!/bin/bash
# Inline variables, static members of templates and static locals of inline functions, which C++
# wants to exist once (STB_GNU_UNIQUE), exist once for the program and the tree's library.
. "${0%/*}/lib.sh"

cat >unique.h <<'END'
template <class T> struct Counter { static int count; };
template <class T> int Counter<T>::count = 0;
inline int &local() { static int n = 10; return n; }
struct Registry { static Registry &instance() { static Registry one; return one; } int entries = 1; };
struct Values { int of_template, of_registry, of_function; };
Values bump();
void *address();
END
language=c++ library libunique.so.1 -I. <<'END'
#include "unique.h"
Values bump() { return {++Counter<int>::count, ++Registry::instance().entries, ++local()}; }
void *address() { return &Registry::instance(); }
END
language=c++ program main "$libs/libunique.so.1" -I. <<'END'
#include "claims.h"
#include "unique.h"
static void show(const char *when, Values values) {
  CLAIM(when, "");
  CLAIM("  a template's member", "%d", values.of_template);
  CLAIM("  a singleton's member", "%d", values.of_registry);
  CLAIM("  an inline function's variable", "%d", values.of_function);
}
int main() {
  show("raised inside", bump());
  ++Counter<int>::count, ++Registry::instance().entries, ++local();
  show("raised outside, then inside", bump());
  HOLDS("one address", address() == &Registry::instance());
}
END
claims env LD_LIBRARY_PATH="$libs" ./main <<'END'
raised inside                 =>
  a template's member         => 1
  a singleton's member        => 2
  an inline function's variable => 11
raised outside, then inside   =>
  a template's member         => 3
  a singleton's member        => 4
  an inline function's variable => 13
one address                   => yes
END
cp "$(g++ -print-file-name=libstdc++.so.6)" "$libs/"
hold claims.txt run libunique.so.1 -- ./main
