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
language=c++ program main "$libs/libmakes.so.1" <<'END'
#include <cstdio>
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
  std::printf("freed %d foreign %d ", freed, foreign);
  std::fflush(stdout);
  destroy(new Thing);
  std::printf("%d", freed);
}
END
wanted="freed 3 foreign 0 4"
[[ $(LD_LIBRARY_PATH=$libs ./main) == "$wanted" ]] || fail "the fixture is wrong: $(LD_LIBRARY_PATH=$libs ./main)"
cp "$(g++ -print-file-name=libstdc++.so.6)" "$libs/"
expect "$wanted" run libmakes.so.1 --share libstdc++.so.6 -- ./main
expect "$wanted" run libmakes.so.1 -- ./main
