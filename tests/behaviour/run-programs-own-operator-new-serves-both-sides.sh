#!/bin/bash
# A program that replaces operator new and delete gets its own for what the tree's library makes and
# destroys, as natively.
. "${0%/*}/lib.sh"

language=c++ library libmakes.so.1 <<'END'
#include <string>
struct Thing { int a[10]; };
Thing *make() { return new Thing; }
void destroy(Thing *thing) { delete thing; }
std::string *text(int n) { return new std::string(n, 'x'); }
END
# -rdynamic: with --allow-shlib-undefined ld 2.47 does not export what libraries on the command line refer to.
language=c++ program main -rdynamic "$libs/libmakes.so.1" <<'END'
#include "claims.h"
#include <cstdlib>
#include <new>
#include <string>
static char pool[1 << 22];
static size_t used;
// Volatile: compilers may take operator delete to change nothing that the program sees.
static volatile int freed, foreign;
void *operator new(size_t n) { used = (used + 15) & ~size_t(15); void *p = pool + used; used += n; return p; }
void operator delete(void *p) noexcept { if (p >= pool && p < pool + sizeof pool) freed++; else foreign++; }
void operator delete(void *p, size_t) noexcept { operator delete(p); }
struct Thing { int a[10]; };
Thing *make();
void destroy(Thing *);
std::string *text(int);
int main() {
  delete make();
  delete text(99);
  CLAIM("made inside, deleted outside", "%d", freed);
  CLAIM("of another allocator", "%d", foreign);
  destroy(new Thing);
  CLAIM("made outside, deleted inside, too", "%d", freed);
}
END
claims env LD_LIBRARY_PATH="$libs" ./main <<'END'
made inside, deleted outside      => 3
of another allocator              => 0
made outside, deleted inside, too => 4
END
cp "$(g++ -print-file-name=libstdc++.so.6)" "$libs/"
hold claims.txt run libmakes.so.1 --share libstdc++.so.6 -- ./main
hold claims.txt run libmakes.so.1 -- ./main
