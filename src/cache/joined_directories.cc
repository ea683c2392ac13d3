#include "cache/joined_directories.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <filesystem>
#include <system_error>

#include "cache/shim_directory.h"
#include "cache/sweep.h"
#include "messages/failure.h"

namespace bulkhead::cache {

std::string joined_in(const Cache& cache) { return joined_beside(cache.directory()); }

namespace {

// Under its name in one step, as an entry of the cache: another start may make the same one now.
void put(const survey::JoinedDirectory& joined) {
  const std::filesystem::path place = std::filesystem::path(joined.path).parent_path();
  std::error_code error;
  std::filesystem::create_directories(place, error);
  std::string fresh = (place / kUnfinishedJoined).string() + "XXXXXX";
  if (::mkdtemp(fresh.data()) == nullptr) {
    throw messages::NoRoom(joined.path + ": cannot be made: " + ::strerror(errno));
  }
  try {
    for (const auto& [name, text] : joined.files) write_file(fresh + "/" + name, text);
  } catch (const messages::Failure&) {
    remove_tree(fresh);
    throw;
  }
  ::chmod(fresh.c_str(), 0755);  // as an entry
  if (::rename(fresh.c_str(), joined.path.c_str()) == 0) return;
  const int why = errno;
  remove_tree(fresh);
  if (why != EEXIST && why != ENOTEMPTY) {
    throw messages::NoRoom(joined.path + ": cannot be put in place: " + ::strerror(why));
  }
}

}  // namespace

void write_joined(const survey::Survey& survey, survey::Stamp& stamp) {
  for (const survey::JoinedDirectory& joined : survey.joined()) {
    std::error_code error;
    if (!std::filesystem::exists(joined.path, error)) put(joined);
    for (const auto& [name, text] : joined.files) stamp.add(joined.path + "/" + name);
  }
}

}  // namespace bulkhead::cache
