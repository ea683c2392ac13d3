#!/bin/bash
# Exceptions of one side are caught by the other one, also through frames of C, as std::exception_ptr, from
# std::function and in threads; with libstdc++ private or shared.
. "${0%/*}/lib.sh"

cat >failure.h <<'END'
#include <exception>
#include <functional>
#include <stdexcept>
struct Failure : std::exception { int code; explicit Failure(int n) : code(n) {} const char *what() const noexcept override; };
void fail_with(int);
int catches(std::function<void()>);
std::exception_ptr keep(int);
int rethrow(std::exception_ptr);
extern "C" void through_c(void (*)(void *), void *);
END
gcc -fPIC -fexceptions -O1 -c -x c - -o c.o <<<'void through_c(void (*f)(void *), void *data) { f(data); }'
language=c++ library libfails.so.1 c.o -I. <<'END'
#include "failure.h"
const char *Failure::what() const noexcept { return "failure"; }
void fail_with(int n) { throw Failure(n); }
int catches(std::function<void()> f) {
  try { f(); } catch (const Failure &e) { return e.code; } catch (const std::exception &) { return -1; } catch (int n) { return -n; }
  return 0;
}
std::exception_ptr keep(int n) { try { throw Failure(n); } catch (...) { return std::current_exception(); } }
int rethrow(std::exception_ptr kept) { return catches([&] { std::rethrow_exception(kept); }); }
END
language=c++ program main "$libs/libfails.so.1" -I. -pthread <<'END'
#include "failure.h"
#include "claims.h"
#include <thread>
#include <vector>
static int exceptions(int i) {
  int good = 0;
  try { fail_with(i); } catch (const Failure &e) { good += e.code == i && e.what()[0] == 'f'; }
  try { fail_with(i); } catch (const std::exception &e) { good++; }
  good += catches([i] { throw Failure(i); }) == i;
  good += catches([i] { throw i; }) == -i;
  try { catches([] { throw 'c'; }); } catch (char c) { good++; }
  try { through_c([](void *n) { fail_with(*static_cast<int *>(n)); }, &i); } catch (const Failure &e) { good += e.code == i; }
  return good;
}
int main() {
  std::exception_ptr kept = keep(6);
  try { std::rethrow_exception(kept); } catch (const Failure &e) { CLAIM("exception_ptr of inside, outside", "%d", e.code); }
  CLAIM("exception_ptr of inside, inside", "%d", rethrow(kept));
  CLAIM("exception_ptr of outside, inside", "%d", rethrow(std::make_exception_ptr(Failure(8))));
  CLAIM("exception_ptr, a standard type", "%d", rethrow(std::make_exception_ptr(std::runtime_error("x"))));
  int results[4] = {}, sum = 0;
  std::vector<std::thread> threads;
  for (int &result : results) threads.emplace_back([&result] { for (int i = 0; i < 200; i++) result += exceptions(i); });
  for (std::thread &thread : threads) thread.join();
  for (int result : results) sum += result;
  CLAIM("exceptions in four threads, six each", "%d", sum);
}
END
cat >wanted.txt <<'END'
exception_ptr of inside, outside         => 6
exception_ptr of inside, inside          => 6
exception_ptr of outside, inside         => 8
exception_ptr, a standard type           => -1
exceptions in four threads, six each     => 4800
END
hold wanted.txt env LD_LIBRARY_PATH="$libs" ./main
cp "$(g++ -print-file-name=libstdc++.so.6)" "$libs/"
hold wanted.txt run libfails.so.1 -- ./main
hold wanted.txt run libfails.so.1 --share libstdc++.so.6 -- ./main
