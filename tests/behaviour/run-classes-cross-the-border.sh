#!/bin/bash
# C++ objects of one side used by the other: virtual functions, dynamic_cast, typeid and strings, with libstdc++
# private or shared.
. "${0%/*}/lib.sh"

cat >shape.h <<'END'
#include <memory>
#include <string>
#include <typeinfo>
struct Shape { virtual ~Shape(); virtual int area() const = 0; virtual std::string name() const { return "shape"; } };
struct Square : Shape { int side; explicit Square(int n) : side(n) {} int area() const override; std::string name() const override; };
struct Round : virtual Shape { int area() const override; };
std::unique_ptr<Shape> make(int);
int sum(const Shape &, const Shape &);
bool is_square(const Shape *);
const std::type_info &type_of(const Shape &);
END
language=c++ library libshape.so.1 -I. <<'END'
#include "shape.h"
Shape::~Shape() {}
int Square::area() const { return side * side; }
std::string Square::name() const { return "square"; }
int Round::area() const { return 3; }
std::unique_ptr<Shape> make(int n) { if (n) return std::unique_ptr<Shape>(new Square(n)); return std::unique_ptr<Shape>(new Round); }
int sum(const Shape &a, const Shape &b) { return a.area() + b.area(); }
bool is_square(const Shape *shape) { return dynamic_cast<const Square *>(shape) != nullptr; }
const std::type_info &type_of(const Shape &shape) { return typeid(shape); }
END
language=c++ program main "$libs/libshape.so.1" -I. <<'END'
#include "shape.h"
#include "claims.h"
struct Mine : Square { Mine() : Square(9) {} std::string name() const override { return "mine"; } };
int main() {
  auto square = make(2), round = make(0);
  std::unique_ptr<Shape> mine(new Mine);
  CLAIM("areas of both sides' squares", "%d", sum(*square, *mine));
  CLAIM("name of the library's square", "%s", square->name().c_str());
  CLAIM("name of the program's class", "%s", mine->name().c_str());
  CLAIM("name that is inherited", "%s", round->name().c_str());
  HOLDS("dynamic_cast outside", dynamic_cast<Square *>(square.get()) != nullptr);
  HOLDS("dynamic_cast outside, virtual base", dynamic_cast<Round *>(round.get()) != nullptr);
  HOLDS("dynamic_cast outside, another class", dynamic_cast<Square *>(round.get()) == nullptr);
  HOLDS("dynamic_cast inside, the program's class", is_square(mine.get()));
  HOLDS("dynamic_cast inside, another class", !is_square(round.get()));
  HOLDS("typeid outside", typeid(*square) == typeid(Square));
  HOLDS("typeid inside", type_of(*square) == typeid(Square));
  HOLDS("typeid inside, the program's class", type_of(*mine) == typeid(Mine));
}
END
cat >wanted.txt <<'END'
areas of both sides' squares             => 85
name of the library's square             => square
name of the program's class              => mine
name that is inherited                   => shape
dynamic_cast outside                     => yes
dynamic_cast outside, virtual base       => yes
dynamic_cast outside, another class      => yes
dynamic_cast inside, the program's class => yes
dynamic_cast inside, another class       => yes
typeid outside                           => yes
typeid inside                            => yes
typeid inside, the program's class       => yes
END
hold wanted.txt env LD_LIBRARY_PATH="$libs" ./main
cp "$(g++ -print-file-name=libstdc++.so.6)" "$libs/"
hold wanted.txt run libshape.so.1 -- ./main
hold wanted.txt run libshape.so.1 --share libstdc++.so.6 -- ./main
