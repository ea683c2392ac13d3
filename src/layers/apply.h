// One layer, unpacked above those that are there.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>

#include "layers/archive.h"
#include "layers/room.h"
#include "layers/root.h"

namespace bulkhead::layers {

// What layers have and a tree does not.
struct LeftOut {
  std::uint64_t special = 0;  // devices, sockets and pipes
};

// Owners are not kept, nor is what would run as somebody else, nor who else may write.
class Applying {
 public:
  Applying(const Root& root, Room& room, LeftOut& left_out)
      : root_(root), room_(room), left_out_(left_out) {}

  void run(TarReader& layer);

 private:
  void one(TarReader& layer, struct archive_entry* entry);
  bool put(TarReader& layer, struct archive_entry* entry, const Root::Place& place);
  void make_symlink(struct archive_entry* entry, const Root::Place& place);
  void make_directory(struct archive_entry* entry, const Root::Place& place);
  void make_file(TarReader& layer, struct archive_entry* entry, const Root::Place& place);
  void make_link(const std::string& target, const Root::Place& place);
  void make_way(const Root::Place& place);
  void hide(const std::vector<std::string>& names);
  bool hide_lower(int directory, const std::string& name, const std::string& path);

  const Root& root_;
  Room& room_;
  LeftOut& left_out_;
  std::set<std::string> own_;  // paths of this layer: its whiteouts are about those below it
};

}  // namespace bulkhead::layers
