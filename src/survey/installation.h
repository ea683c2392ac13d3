// Where bulkhead's own libraries are.
#pragma once

#include <string>
#include <vector>

namespace bulkhead::survey {

struct OwnLibrary {
  std::string name;  // libbulkhead.so.0
  std::string path;
};

// The libraries that go into every shim directory, the runtime first: beside this command
// (../lib and the usual places below it), or in BULKHEAD_LIBDIR; or in `directory`, if that is not
// empty. Fails if one is missing.
std::vector<OwnLibrary> own_libraries(const std::string& directory = {});

// The path of another one of its libraries: in the directory of libbulkhead.so.0, or in bulkhead/
// below that. Fails if it is in neither.
std::string own_library(const std::string& directory, const char* name);

// A program that this command starts for a part of its work: in ../libexec/bulkhead beside it, or
// where it was installed to. Empty if there is none.
std::string own_program(const std::string& name);

// Version, build and place of this command, and what it goes by to find its libraries: part of
// every cache key. What is made leads to these libraries, and two installations may be of one
// version.
std::string own_identity();

}  // namespace bulkhead::survey
