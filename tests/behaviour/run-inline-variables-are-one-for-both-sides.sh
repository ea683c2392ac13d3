#!/bin/bash
# Inline variables, static members of templates and static locals of inline functions, which C++
# wants to exist once (STB_GNU_UNIQUE), exist once for the program and the tree's library.
. "${0%/*}/lib.sh"

cat >unique.h <<'END'
template <class T> struct Counter { static int count; };
template <class T> int Counter<T>::count = 0;
inline int &local() { static int n = 10; return n; }
struct Registry { static Registry &instance() { static Registry one; return one; } int entries = 1; };
int bump();
void *address();
END
language=c++ library libunique.so.1 -I. <<'END'
#include "unique.h"
int bump() { return ++Counter<int>::count * 10000 + ++Registry::instance().entries * 100 + ++local(); }
void *address() { return &Registry::instance(); }
END
language=c++ program main "$libs/libunique.so.1" -I. <<'END'
#include <cstdio>
#include "unique.h"
int main() {
  std::printf("%d ", bump());
  ++Counter<int>::count, ++Registry::instance().entries, ++local();
  std::printf("%d %d", bump(), address() == &Registry::instance());
}
END
wanted="10211 30413 1"
[[ $(LD_LIBRARY_PATH=$libs ./main) == "$wanted" ]] || fail "the fixture is wrong: $(LD_LIBRARY_PATH=$libs ./main)"
cp "$(g++ -print-file-name=libstdc++.so.6)" "$libs/"
expect "$wanted" run libunique.so.1 -- ./main
