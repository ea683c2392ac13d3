#!/usr/bin/env bash
# A program has operators new and delete of its own: a C++ tool, and its libstdc++, use them as natively,
# so that either side deletes what the other one made.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

language=c++ tool libtool.so <<'END'
#include <sstream>
#include <string>
#include <unistd.h>
extern "C" pid_t getppid() noexcept { return (new std::string(100, 'x'))->size(); }
extern "C" char *ctermid(char *) noexcept {
    std::ostringstream text;
    text << "made by the tool, and too long for the object itself: " << 42;
    return (new std::string(text.str()))->data();
}
extern "C" char *make() { return new char[10]; }
END
language=c++ program program <<'END'
#include "claims.h"
#include <cstdlib>
#include <dlfcn.h>
#include <new>
#include <unistd.h>
static int count;
void *operator new(std::size_t size) {
    ++count;
    auto *memory = static_cast<std::size_t *>(std::malloc(size + 16));
    memory[0] = 0x600df00d;
    return memory + 2;
}
void operator delete(void *memory) noexcept {
    if (memory == nullptr) return;
    auto *begin = static_cast<std::size_t *>(memory) - 2;
    if (begin[0] != 0x600df00d) std::_Exit(9);
    std::free(begin);
}
void operator delete(void *memory, std::size_t) noexcept { operator delete(memory); }
int main() {
    int before = count;
    int size = getppid();
    int at_first = count - before;
    const char *text = ctermid(nullptr);
    bool more = count > before + at_first;
    auto *made = reinterpret_cast<char *(*)()>(dlsym(RTLD_DEFAULT, "make"))();
    delete[] made;
    CLAIM("a string of the tool's", "%d", size);
    CLAIM("its calls of the program's new", "%d", at_first);
    HOLDS("its libstdc++'s calls of the program's new", more);
    CLAIM("text of its libstdc++", "%.16s", text);
}
END
both_make_true libtool.so -- ./program <<'END'
a string of the tool's                     => 100
its calls of the program's new             => 2
its libstdc++'s calls of the program's new => yes
text of its libstdc++                      => made by the tool
END
