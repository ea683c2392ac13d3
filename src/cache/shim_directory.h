// A directory that, put in front of LD_LIBRARY_PATH, gives a program the exposed libraries.
#pragma once

#include <string>

#include "survey/survey.h"

namespace bulkhead::cache {

enum class OwnLibraries {
  linked,    // symbolic links to where bulkhead is installed: for the cache
  copied,    // for a directory that is to work without the rest
  portable,  // the same, also on a glibc before 2.34
};

// Writes a shim for each exposed library, and bulkhead's own ones, into an existing
// directory; replaces what is there under the same names.
//
// Where ld.so cannot open a file (EMFILE, ENOMEM, EIO) it goes on to what comes next, which would
// be this system's library, and says nothing. So what comes next is the shim once more: ld.so looks
// into a directory's subdirectory for processors of some level (glibc-hwcaps, since glibc 2.33)
// before it looks into the directory, and a link to each shim is there.
void write_shims(survey::Survey& survey, const std::string& directory, OwnLibraries how);

// Writes the shim of a tool that is preloaded under that name, and bulkhead's own libraries as
// links.
void write_interposer(survey::Survey& survey, const std::string& directory,
                      const std::string& file_name);

// A new file with these bytes, put in place at once.
void write_file(const std::string& path, std::string_view bytes);

}  // namespace bulkhead::cache
