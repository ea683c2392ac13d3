#include "trees/from_directory.h"

#include <fmt/core.h>

#include "base/diagnostics.h"
#include "trees/copy.h"

namespace bulkhead::trees {

Manifest fill_from_directory(const Manifest& wish, const std::string& shelf, const Making& making,
                             Progress& progress) {
  progress.step("copying " + wish.path);
  Copied copied = copy_directory(wish.path, making.files(), shelf, progress);
  if (copied.special > 0) {
    progress.say(fmt::format("devices, sockets and pipes are left out: {}", copied.special));
  }
  // What is missing is said in any case.
  for (const std::string& each : copied.first_unread) message({"warning: left out: ", each});
  if (copied.unread > copied.first_unread.size()) {
    message({"warning: left out, as it could not be read: ",
             std::to_string(copied.unread - copied.first_unread.size()), " more"});
  }
  return wish;
}

}  // namespace bulkhead::trees
