#!/bin/bash
# An executable copies data of a library of this system, with pointers in it to an exposed
# library's functions and data: tables, a class's typeinfo with the typeinfo of its base.
. "${0%/*}/lib.sh"

library libexposed.so <<<'int value = 5, row[3] = {1, 2, 3}; int call(void) { return 6; }'
at=$host library libtables.so "$libs/libexposed.so" <<'END'
extern int value, row[];
int call(void);
struct { int *to, *end; int (*call)(void); int plain; } table = {&value, row + 3, call, 8};
END
program tables -fno-pic -no-pie "$host/libtables.so" "$libs/libexposed.so" "-Wl,-rpath,$host" <<'END'
#include "claims.h"
extern struct { int *to, *end; int (*call)(void); int plain; } table;
extern int row[];
int call(void);
int main(void) {
  CLAIM("a pointer to a variable", "%d", *table.to);
  CLAIM("a pointer to an array's end", "%d", table.end[-1]);
  CLAIM("a pointer to a function", "%d", table.call());
  CLAIM("what is no pointer", "%d", table.plain);
}
END
claims_natively_and_in libexposed.so -- ./tables <<'END'
a pointer to a variable     => 5
a pointer to an array's end => 3
a pointer to a function     => 6
what is no pointer          => 8
END

cat >error.h <<'END'
#include <stdexcept>
struct Error : std::runtime_error { Error(const char *); ~Error() override; };
END
cp "$(g++ -print-file-name=libstdc++.so.6)" "$libs/"
language=c++ at=$host library liberror.so -I. <<'END'
#include "error.h"
Error::Error(const char *text) : runtime_error(text) {}
Error::~Error() {}
END
language=c++ program classes -I. -fno-pic -no-pie "$host/liberror.so" "-Wl,-rpath,$host" <<'END'
#include "error.h"
#include "claims.h"
int main() {
  try { throw Error("boom"); }
  catch (std::logic_error &) { CLAIM("caught as", "%s", "another class"); }
  catch (std::exception &error) { CLAIM("caught as", "%s", error.what()); }
}
END
claims_natively_and_in libstdc++.so.6 -- ./classes <<<'caught as => boom'
