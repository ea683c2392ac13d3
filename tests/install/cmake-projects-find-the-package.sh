#!/bin/bash
# find_package(bulkhead) in projects outside: in C, and in C++.
# shellcheck source=tests/install/install.bash
. "$(dirname "$0")/install.bash"

libraries=$(library_directory "$prefix")
for example in capsule-c plugin-host; do
    build_with_cmake "$root/examples/$example" "$scratch/$example" "$prefix"
    uses_library_in "$example/$example" "$libraries"
    quietly "$root/examples/$example/run" "$scratch/$example"
done

# A release is asked for as its version file says.
mkdir versions
wants() { # VERSION
    cat >versions/CMakeLists.txt <<END
cmake_minimum_required(VERSION 3.25)
project(versions LANGUAGES NONE)
find_package(bulkhead $1 REQUIRED)
END
    rm -rf versions/build
    cmake -S versions -B versions/build -DCMAKE_PREFIX_PATH="$prefix" >said 2>&1
}
have=$("$prefix/bin/bulkhead" --version | grep -Eo '[0-9]+\.[0-9]+\.[0-9]+')
wants "$have" || { cat said; fail "release $have is not found"; }
! wants 9.0 || fail "release 9.0 is found, and $have is what there is"
grep -q "version: $have" said || { cat said; fail "it is not said which release there is"; }
