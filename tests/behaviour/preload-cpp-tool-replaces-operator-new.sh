#!/usr/bin/env bash
# A tool in C++ replaces operator new and delete for the program and its libraries. Its instances of
# templates and its inline functions are its own: the program keeps those that it was built with.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

language=c++ tool libtool.so <<'END'
#include <cstdlib>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>
static int news, deletes;
int counted(bool of_new) { return of_new ? news : deletes; }
extern "C" int counted_news() { return news; }
extern "C" int counted_deletes() { return deletes; }
void *operator new(std::size_t size) { ++news; if (void *p = std::malloc(size)) return p; throw std::bad_alloc(); }
void operator delete(void *p) noexcept { deletes += p != nullptr; std::free(p); }
void operator delete(void *p, std::size_t) noexcept { operator delete(p); }
inline int inlined() { return 2; }
template <class T> int instance(T) { static int value = 7; return value + sizeof(T); }
int (*use)() = &inlined;
int uses_template() { return instance(1); }
std::map<std::string, std::vector<int>> table{{"a", {1, 2}}};
static bool thrown = [] { try { throw std::runtime_error(std::string(100, 'x')); } catch (std::exception &) { return true; } return false; }();
END
language=c++ tool libearly.so <<'END'
#include <string>
inline int inlined() { return 4; }
int (*of_library)() = &inlined;
std::string *early = new std::string(100, 'e');
END
language=c++ program program -L"$host" -learly -Wl,-rpath,"$host" <<'END'
#include <dlfcn.h>
#include "claims.h"
#include <memory>
#include <string>
#include <vector>
extern std::string *early;
extern int (*of_library)();
inline int inlined() { return 1; }
template <class T> int instance(T) { static int value = 3; return value; }
int main() {
    auto news = (int (*)())dlsym(RTLD_DEFAULT, "counted_news");
    auto deletes = (int (*)())dlsym(RTLD_DEFAULT, "counted_deletes");
    int before = news();
    auto text = std::make_unique<std::string>(100, 'a');
    std::vector<int> numbers(100);
    int made = news() - before;
    before = deletes();
    text.reset();
    delete early;
    int (*volatile function)() = &inlined;
    int deleted = deletes() - before;
    CLAIM("new, for a string, its text and a vector", "%d", made);
    HOLDS("delete, of what was there before, too", deleted >= 2);
    CLAIM("the program's inline function", "%d", function());
    CLAIM("the program's instance of a template", "%d", instance(1));
    HOLDS("the tool's inline function in a library", of_library() == 2);
    return 0;
}
END
claims preload "$host/libtool.so" -- ./program <<'END'
new, for a string, its text and a vector => 3
delete, of what was there before, too    => yes
the program's inline function            => 1
the program's instance of a template     => 3
the tool's inline function in a library  => no
END
# Its libstdc++ has these operators as well, and is yet its own.
preload -v "$host/libtool.so" -- ./program >said 2>&1
! grep "libstdc++.*is the program's own" said || fail "it shares the program's libstdc++"
