#!/usr/bin/env bash
# An isolated tool in C++, with a libstdc++ and a libc of its own, in a program in C++: streams,
# exceptions, threads, thread-local objects and objects with destructors work, and exceptions cross.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

language=c++ tool libtool.so -pthread <<'END'
#include <dlfcn.h>
#include <unistd.h>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>
static void say(const std::string &text) { (void)!write(1, text.data(), text.size()); }
struct Counts {
    std::map<std::string, int> calls;
    ~Counts() {
        std::ostringstream text;
        for (const auto &each : calls) text << each.first << '=' << each.second << ' ';
        say(text.str() + "\n");
    }
};
static Counts counts;
static thread_local std::string last = "none";
struct AtThreadsEnd { ~AtThreadsEnd() { ++counts.calls["threads"]; } };
extern "C" char *getenv(const char *name) {
    thread_local AtThreadsEnd here;
    last = name;
    ++counts.calls[name];
    try {
        if (last == "THROW") throw std::runtime_error("thrown");
    } catch (const std::exception &error) {
        last = error.what();
        ++counts.calls[last];
    }
    int sum = 0;
    std::thread([&] { std::ifstream file("numbers"); for (int n; file >> n;) sum += n; }).join();
    counts.calls["sum"] = sum;
    return ((char *(*)(const char *))dlsym(RTLD_NEXT, "getenv"))(name);
}
extern "C" unsigned sleep(unsigned seconds) {
    if (seconds == 42) throw 42;
    return ((unsigned (*)(unsigned))dlsym(RTLD_NEXT, "sleep"))(seconds);
}
END
language=c++ program program -pthread <<'END'
#include <unistd.h>
#include <cstdlib>
#include <iostream>
#include <thread>
int main() {
    std::getenv("HOME");
    std::getenv("THROW");
    std::thread([] { std::getenv("THREAD"); }).join();
    sleep(0);
    try {
        sleep(42);
    } catch (int number) {
        std::cout << "caught " << number << std::endl;
    }
}
END
echo "1 2 39" >numbers
text=$'caught 42\nHOME=1 THREAD=1 THROW=1 sum=42 threads=2 thrown=1 '
LD_PRELOAD=$host/libtool.so expect "$text" ./program
expect "$text" preload --isolated "$host/libtool.so" -- ./program
