#!/bin/bash
# Programs that are built with what pkg-config says.
# shellcheck source=tests/install/install.bash
. "$(dirname "$0")/install.bash"
command -v pkg-config >/dev/null || skip "there is no pkg-config"

libraries=$(library_directory "$prefix")
export PKG_CONFIG_PATH=$libraries/pkgconfig
read -ra flags <<<"$(pkg-config --cflags bulkhead)"
read -ra links <<<"$(pkg-config --libs bulkhead)"
mkdir c
cc -Wall -Wextra -Werror "${flags[@]}" -o c/capsule-c "$root/examples/capsule-c/main.c" \
    "${links[@]}" "-Wl,-rpath,$libraries"
uses_library_in c/capsule-c "$libraries"
quietly "$root/examples/capsule-c/run" c

cat >main.cc <<'END'
#include <bulkhead/bulkhead.hpp>
#include <iostream>
int main() {
  bulkhead::Capsule capsule{bulkhead::Options()};
  bulkhead::Library library(capsule, "libz.so.1");
  std::cout << library.symbol<const char*()>("zlibVersion")() << '\n';
}
END
c++ -std=c++17 -Wall -Wextra -Werror "${flags[@]}" -o main main.cc "${links[@]}" "-Wl,-rpath,$libraries"
[[ $(./main) =~ ^[0-9]+\.[0-9]+ ]] || fail "the program in C++ does not work"
