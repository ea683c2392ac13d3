#!/bin/bash
# Libraries of two trees in one process, each with its own dependencies of the same names: they
# call each other through the program, throw through each other, and go on in a child of fork.
. "${0%/*}/lib.sh"

mkdir -p "$scratch/tree2/usr/lib"
libs2=$scratch/tree2/usr/lib
for where in "$libs" "$libs2"; do
    tree_of=${where#"$scratch/"}
    at=$where library libdep.so.1 "-DTREE=\"${tree_of%%/*}\"" <<'END'
const char *dep(void) { return TREE; }
static __thread int each;
int bump(void) { return ++each; }
END
    cp "$(g++ -print-file-name=libstdc++.so.6)" "$where/"
done
language=c++ library libone.so.1 "$libs/libdep.so.1" <<'END'
#include <stdexcept>
extern "C" const char *dep(); extern "C" int bump();
const char *one() { bump(); return dep(); }
int one_calls(int (*f)()) { int n = f(); return n + bump(); }
void one_throws() { throw std::runtime_error("of the first"); }
END
at=$libs2 language=c++ library libtwo.so.1 "$libs2/libdep.so.1" <<'END'
#include <cstdio>
#include <stdexcept>
extern "C" const char *dep(); extern "C" int bump();
const char *two() { return dep(); }
int two_counts() { return 100 * bump(); }
void two_catches(void (*f)()) { try { f(); } catch (const std::exception &e) { std::printf("%s, ", e.what()); } }
void two_passes(void (*f)()) { struct Guard { ~Guard() { std::printf("unwound, "); } } guard; f(); }
END
language=c++ program main "$libs/libone.so.1" "$libs2/libtwo.so.1" <<'END'
#include <cstdio>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>
const char *one(), *two();
int one_calls(int (*)()), two_counts();
void one_throws(), two_catches(void (*)()), two_passes(void (*)());
int main() {
  std::printf("%s %s ", one(), two());
  std::printf("%d, ", one_calls(two_counts));
  for (int i = 0; i < 2; i++) {
    two_catches(one_throws);
    try { two_passes(one_throws); } catch (const std::exception &e) { std::printf("caught, "); }
  }
  std::fflush(stdout);
  if (fork() == 0) {
    std::printf("%s %s", one(), two());
    std::fflush(stdout);
    _exit(0);
  }
  wait(nullptr);
}
END
"$bulkhead" shim --tree "$tree" --expose libone.so.1 -o first
"$bulkhead" shim --tree "$scratch/tree2" --expose libtwo.so.1 -o second
thrown="of the first, unwound, caught, "
for path in first:second second:first; do
    expect "tree tree2 102, $thrown${thrown}tree tree2" env LD_LIBRARY_PATH=$path ./main
    expect "tree tree2 102, $thrown${thrown}tree tree2" env LD_BIND_NOW=1 LD_LIBRARY_PATH=$path ./main
done
