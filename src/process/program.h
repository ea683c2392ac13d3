// The program's own file.
#pragma once

#include <string_view>

namespace bulkhead::process {

// As the kernel tells it, since ld.so has no name for the program; empty if it does not. Read once
// and kept for ever; data() is a C string. Thread-safe.
std::string_view program_file();

}  // namespace bulkhead::process
