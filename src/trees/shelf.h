// The directory of all trees with names, and how one comes into it or goes: at once.
//
// Whatever is made is made beside (".making-NAME-…") and takes its place by one rename, so nobody
// meets half a tree, and of two who make one of the same name the second is told. What a killed
// command left behind is not locked any more, and the next one removes it, or puts back what was
// only set aside (".aside-NAME-…").
#pragma once

#include <string>

#include "base/fd.h"
#include "trees/manifest.h"

namespace bulkhead::trees {

class Shelf {
 public:
  // Made if it is missing; what others left behind is put back or goes. Fails if it is not to be
  // trusted.
  Shelf();

  const std::string& path() const { return path_; }
  std::string tree(const std::string& name) const { return path_ + "/" + name; }
  bool has(const std::string& name) const;
  // Fails if there is none, or if it is damaged.
  Manifest manifest(const std::string& name) const;
  // Fails with the names that there are.
  void require(const std::string& name) const;
  void remove(const std::string& name) const;

  // The tree's directory under another name, which begins so; held, so that no other command takes
  // it for left behind.
  struct Moved {
    std::string path;
    Fd held;
  };
  Moved move_away(const std::string& name, const char* prefix) const;

 private:
  void sweep() const;
  void put_back(const std::string& aside) const;

  std::string path_;
};

// A tree that is being made. What is not published is removed.
class Making {
 public:
  Making(const Shelf& shelf, std::string name);
  ~Making();
  Making(const Making&) = delete;
  Making& operator=(const Making&) = delete;

  std::string files() const;    // where the tree's go; there, and empty
  std::string scratch() const;  // for whatever is needed meanwhile; there, and empty

  // Writes the manifest, and the tree is there under its name. Fails if there is one by now.
  void publish(Manifest manifest);
  // The same in the place of the one that is there.
  void replace(Manifest manifest);

 private:
  void finish(Manifest& manifest) const;
  void replace_in_two_steps() const;

  const Shelf& shelf_;
  std::string name_, path_;
  Fd lock_;
};

}  // namespace bulkhead::trees
