// Variables that profiles have in a program's environment: NAME=VALUE, where `$CACHE` stands for a
// directory of the user's for the tree.
#pragma once

#include <string>
#include <string_view>

namespace bulkhead::preload {

// With the tree's directory below `$CACHE`. Which directory that is depends on who starts a
// program.
std::string for_tree(const std::string& variable, std::string_view tree);

// A line of the file that preload_from reads.
std::string line_of_variable(const std::string& variable);

// Whether the line is such a one. It is set, unless the user has no cache, or it is there: if
// that is another value, a note says so.
bool set_variable_of(const std::string& line);

}  // namespace bulkhead::preload
