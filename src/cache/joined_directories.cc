#include "cache/joined_directories.h"

#include <filesystem>
#include <system_error>

#include "cache/shim_directory.h"
#include "messages/failure.h"

namespace bulkhead::cache {

std::string joined_in(const Cache& cache) {
  const std::string& entries = cache.directory();
  return entries.substr(0, entries.rfind('/')) + "/joined";
}

void write_joined(const survey::Survey& survey, survey::Stamp& stamp) {
  for (const survey::JoinedDirectory& joined : survey.joined()) {
    std::error_code error;
    std::filesystem::create_directories(joined.path, error);
    if (error) throw messages::NoRoom(joined.path + ": cannot be made: " + error.message());
    for (const auto& [name, text] : joined.files) {
      const std::string path = joined.path + "/" + name;
      if (!std::filesystem::exists(path, error)) write_file(path, text);
      stamp.add(path);
    }
  }
}

}  // namespace bulkhead::cache
