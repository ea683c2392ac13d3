#!/bin/bash
# C++ objects of one side used by the other: virtual functions, dynamic_cast, typeid, exceptions,
# std::exception_ptr, std::function and strings, with libstdc++ private or shared, from threads too.
. "${0%/*}/lib.sh"

cat >shape.h <<'END'
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <typeinfo>
struct Shape { virtual ~Shape(); virtual int area() const = 0; virtual std::string name() const { return "shape"; } };
struct Square : Shape { int side; explicit Square(int n) : side(n) {} int area() const override; std::string name() const override; };
struct Round : virtual Shape { int area() const override; };
struct Failure : std::exception { int code; explicit Failure(int n) : code(n) {} const char *what() const noexcept override; };
std::unique_ptr<Shape> make(int);
int sum(const Shape &, const Shape &);
bool is_square(const Shape *);
const std::type_info &type_of(const Shape &);
void fail_with(int);
int catches(std::function<void()>);
std::exception_ptr keep(int);
int rethrow(std::exception_ptr);
extern "C" void through_c(void (*)(void *), void *);
END
gcc -fPIC -fexceptions -O1 -c -x c - -o c.o <<<'void through_c(void (*f)(void *), void *data) { f(data); }'
language=c++ library libshape.so.1 c.o -I. <<'END'
#include "shape.h"
Shape::~Shape() {}
int Square::area() const { return side * side; }
std::string Square::name() const { return "square"; }
int Round::area() const { return 3; }
const char *Failure::what() const noexcept { return "failure"; }
std::unique_ptr<Shape> make(int n) { if (n) return std::unique_ptr<Shape>(new Square(n)); return std::unique_ptr<Shape>(new Round); }
int sum(const Shape &a, const Shape &b) { return a.area() + b.area(); }
bool is_square(const Shape *shape) { return dynamic_cast<const Square *>(shape) != nullptr; }
const std::type_info &type_of(const Shape &shape) { return typeid(shape); }
void fail_with(int n) { throw Failure(n); }
int catches(std::function<void()> f) {
  try { f(); } catch (const Failure &e) { return e.code; } catch (const std::exception &) { return -1; } catch (int n) { return -n; }
  return 0;
}
std::exception_ptr keep(int n) { try { throw Failure(n); } catch (...) { return std::current_exception(); } }
int rethrow(std::exception_ptr kept) { return catches([&] { std::rethrow_exception(kept); }); }
END
language=c++ program main "$libs/libshape.so.1" -I. -pthread <<'END'
#include "shape.h"
#include <cstdio>
#include <thread>
#include <vector>
struct Mine : Square { Mine() : Square(9) {} std::string name() const override { return "mine"; } };
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
  auto square = make(2), round = make(0);
  std::unique_ptr<Shape> mine(new Mine);
  std::printf("%d %s %s %s, ", sum(*square, *mine), square->name().c_str(), mine->name().c_str(), round->name().c_str());
  std::printf("cast %d%d%d%d%d, ", dynamic_cast<Square *>(square.get()) != nullptr, dynamic_cast<Round *>(round.get()) != nullptr,
              dynamic_cast<Square *>(round.get()) == nullptr, is_square(mine.get()), !is_square(round.get()));
  std::printf("typeid %d%d%d, ", typeid(*square) == typeid(Square), type_of(*square) == typeid(Square), type_of(*mine) == typeid(Mine));
  std::exception_ptr kept = keep(6);
  try { std::rethrow_exception(kept); } catch (const Failure &e) { std::printf("kept %d ", e.code); }
  std::printf("%d %d %d, ", rethrow(kept), rethrow(std::make_exception_ptr(Failure(8))), rethrow(std::make_exception_ptr(std::runtime_error("x"))));
  int results[4] = {}, sum = 0;
  std::vector<std::thread> threads;
  for (int &result : results) threads.emplace_back([&result] { for (int i = 0; i < 200; i++) result += exceptions(i); });
  for (std::thread &thread : threads) thread.join();
  for (int result : results) sum += result;
  std::printf("exceptions %d", sum);
}
END
wanted="85 square mine shape, cast 11111, typeid 111, kept 6 6 8 -1, exceptions 4800"
[[ $(LD_LIBRARY_PATH=$libs ./main) == "$wanted" ]] || fail "the fixture is wrong: $(LD_LIBRARY_PATH=$libs ./main)"
cp "$(g++ -print-file-name=libstdc++.so.6)" "$libs/"
expect "$wanted" run libshape.so.1 -- ./main
expect "$wanted" run libshape.so.1 --share libstdc++.so.6 -- ./main
