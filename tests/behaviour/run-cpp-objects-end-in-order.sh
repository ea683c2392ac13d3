#!/bin/bash
# C++ objects of the program and of a capsule, static, local and thread-local, are made and ended
# in one order, at the end of threads and of the process; std::cout of both sides is in step.
. "${0%/*}/lib.sh"

cat >object.h <<'END'
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <thread>
struct Object {
  const char *name;
  explicit Object(const char *n) : name(n) { std::printf("+%s ", name); }
  ~Object() { std::printf("-%s ", name); }
};
void touch();
void print(int);
void in_thread(void (*)());
END
language=c++ library libobjects.so.1 -I. -pthread <<'END'
#include "object.h"
static Object global("tree");
static thread_local Object each("tree-thread");
static std::once_flag once;
void touch() {
  (void)each.name;
  static Object local("tree-local");
  std::call_once(once, [] { std::printf("once "); });
}
void print(int n) { std::cout << "in" << n << ' '; }
void in_thread(void (*f)()) { std::thread([f] { f(); touch(); }).join(); }
END
language=c++ program main "$libs/libobjects.so.1" -I. -pthread <<'END'
#include "object.h"
static Object global("program");
static thread_local Object each("program-thread");
static void touch_mine() { (void)each.name; }
int main(int count, char **arguments) {
  in_thread(touch_mine);
  std::printf("| ");
  std::thread([] { touch(); touch_mine(); }).join();
  std::printf("| ");
  std::fflush(stdout);
  for (int i = 0; i < 2; i++) { std::cout << "out" << i << ' '; print(i); }
  std::cout << std::flush;
  touch();
  touch_mine();
  static Object local("program-local");
  std::atexit([] { std::printf("atexit "); });
  std::at_quick_exit([] { std::printf("quick "); std::fflush(stdout); });
  if (count > 2) std::quick_exit(0);
  if (count > 1) std::exit(0);
}
END
threads="+tree +program +program-thread +tree-thread +tree-local once -tree-thread -program-thread | \
+tree-thread +program-thread -program-thread -tree-thread | out0 in0 out1 in1 +tree-thread +program-thread +program-local "
end="-program-thread -tree-thread atexit -program-local -tree-local -program -tree "
native() { LD_LIBRARY_PATH=$libs ./main "$@"; }
[[ $(native) == "$threads$end" && $(native exit) == "$threads$end" && $(native quick exit) == "${threads}quick " ]] ||
    fail "the fixture is wrong: $(native), $(native quick exit)"
cp "$(g++ -print-file-name=libstdc++.so.6)" "$libs/"
expect "$threads$end" run libobjects.so.1 -- ./main
expect "$threads$end" run libobjects.so.1 -- ./main exit
expect "${threads}quick " run libobjects.so.1 -- ./main quick exit
