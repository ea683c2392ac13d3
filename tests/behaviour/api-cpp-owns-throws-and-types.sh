#!/bin/bash
# <bulkhead/bulkhead.hpp>: objects that give back what they opened, typed symbols, errors as exceptions,
# exceptions of callbacks; with C++17 and later, without a warning. (Each check has its name; they share one program, since
# that is compiled three times.)
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

library libthing.so.1 <<'END'
int count = 40;
int add(int a, int b) { return a + b; }
int (*hook)(int);
__attribute__((destructor)) static void end(void) { count = 0; }
END
cat >main.cc <<'END'
#include <bulkhead/bulkhead.hpp>
#include <cstdlib>
#include <iostream>
#include <type_traits>

using bulkhead::Capsule;
using bulkhead::Library;
static_assert(!std::is_copy_constructible_v<Capsule> && !std::is_copy_assignable_v<Library>);
static_assert(std::is_nothrow_move_constructible_v<Capsule> && std::is_nothrow_move_assignable_v<Library>);

static int checks;
static void check(bool good, const char* what) {
  ++checks;
  if (!good) { std::cout << "wrong: " << what << std::endl; std::exit(1); }
}
template <class Call> static bh_code code_of(Call call) {
  try { call(); } catch (const bulkhead::Error& error) {
    check(*error.what() != '\0', "an error without text");
    return error.code();
  }
  return BH_OK;
}
static bool is_loaded(const Capsule& capsule) {
  for (auto& each : capsule.libraries()) if (each.name == "libthing.so.1") return each.begin < each.end;
  return false;
}

int main(int, char** argv) {
  Capsule empty;
  check(!empty && !Library(), "empty objects are true");
  Capsule capsule(bulkhead::Options().tree(argv[1]).name("one"));
  check(capsule && capsule.name() == "one" && capsule.tree() == argv[1], "name or tree");
  check(Capsule(bulkhead::Options().tree(argv[1]).name("one")).get() == capsule.get(), "it is not joined");
  Capsule two(bulkhead::Options().tree(argv[1]).name("two"));
  check(two.space() != capsule.space() && two.space() > 0, "namespaces");

  Library library = capsule.open("libthing.so.1");
  auto add = library.symbol<int(int, int)>("add");
  static_assert(std::is_same_v<decltype(add), int (*)(int, int)>);
  int& count = library.symbol<int>(std::string("count"));
  check(add(count, 2) == 42, "the function's answer");
  count = 50;
  check(*library.find<int>("count") == 50 && library.find<int()>("none") == nullptr, "find");
  check(two.open("libthing.so.1").symbol<int>("count") == 40, "the other capsule's copy");
  check(library.address("hook") != nullptr, "address");

  check(code_of([&] { library.symbol<int>("none"); }) == BH_MISSING, "no symbol");
  check(code_of([&] { capsule.open("libnone.so.1"); }) == BH_MISSING, "no library");
  check(code_of([&] { Capsule(bulkhead::Options().tree("/none")); }) == BH_MISSING, "no tree");
  check(code_of([&] { Capsule::from_config("none.toml"); }) == BH_SYSTEM, "no file");
  check(code_of([&] {
    Capsule(bulkhead::Options().share({"libm.so.6", "libz.so.1"}).keep_private("libz.so.1"));
  }) == BH_CONFLICT, "options that exclude each other");
  check(code_of([&] { Capsule(bulkhead::Options().map("relative")); }) != BH_OK, "a bad map");

  Library other = std::move(library);
  check(!library && other, "moving");
  Capsule moved = std::move(capsule);
  check(is_loaded(moved), "it is not listed");
  other = Library();
  check(!is_loaded(moved), "it stays loaded");
  other = moved.open("libthing.so.1", RTLD_LAZY);
  other.close();
  other.close();
  check(!other && !is_loaded(moved), "close");
  { Library kept = moved.open("libthing.so.1"); kept.release(); }
  check(is_loaded(moved), "what is released is closed");

  // Exceptions of a callback pass; a callback may stop.
  int visits = 0;
  try {
    moved.for_each_library([&](const bh_library_info& info) { ++visits; throw std::string(info.name); });
    check(false, "the exception is lost");
  } catch (const std::string& name) { check(!name.empty() && visits == 1, "another exception"); }
  visits = 0;
  moved.for_each_library([&](const bh_library_info&) { ++visits; return false; });
  check(visits == 1, "false does not stop");
  visits = 0;
  bulkhead::for_each_object(moved.space(), [&](const dl_phdr_info& info) { visits += info.dlpi_phnum > 0; });
  check(visits >= 1, "objects");
  try { bulkhead::for_each_object(LM_ID_BASE, [](const dl_phdr_info&) { throw 5; }); check(false, "lost"); }
  catch (int five) { check(five == 5, "another one"); }
  check(code_of([] { bulkhead::for_each_object(1000, [](const dl_phdr_info&) {}); }) == BH_ARGUMENT, "no namespace");

  bulkhead::Handle handle(LM_ID_NEWLM, argv[2], RTLD_NOW);
  check(handle.symbol<int(int, int)>("add")(1, 2) == 3, "dlmopen");
  check(bulkhead::Handle(handle.space(), argv[2], RTLD_NOW).get() == handle.get(), "space");
  check(code_of([&] { handle.symbol<int()>("none"); }) == BH_MISSING, "dlmopen: no symbol");
  check(code_of([&] { bulkhead::Handle(LM_ID_NEWLM, "/none.so", RTLD_NOW); }) == BH_SYSTEM, "dlmopen: no file");
  moved.close();
  check(!moved, "closing a capsule");
  std::cout << checks << " checks" << std::endl;
}
END
said=
for standard in 17 20 23; do
    # As users compile: every warning, also in our header.
    g++ "-std=c++$standard" -Wall -Wextra -Wshadow -Wconversion -Wpedantic -Wold-style-cast -Werror -I"$include" \
        -o cpp main.cc "$products/libbulkhead.so.0" "-Wl,-rpath,$products" -ldl
    said=$(./cpp "$tree" "$libs/libthing.so.1") || fail "with C++$standard: $said"
    [[ $said =~ ^[3-9][0-9]\ checks$ ]] || fail "with C++$standard it says: $said"
done
