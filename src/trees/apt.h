// This machine's package client, apt, with a state of its own: the machine's way to the network
// (proxy, mirror, certificates), its sources for another suite, and no installed package, so that
// each dependency is fetched. It checks the signatures, and nothing of the machine's state changes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trees/manifest.h"
#include "trees/progress.h"
#include "trees/suites.h"

namespace bulkhead::trees {

// This machine's; fails where there is no apt, with what else can be done.
Release machine_release();

class Apt {
 public:
  // `directory`: empty, for its state.
  Apt(std::string directory, const Release& release, std::string suite);

  // Fetches the lists of packages. What cannot be had is said: fails, or does without the suite's
  // updates. `before`: the lines of sources of a tree that is renewed; if it had updates, it is not
  // made without.
  void fetch_lists(const std::vector<std::string>& before, Progress& progress);
  // The lines of sources that were used.
  const std::vector<std::string>& sources() const { return lines_; }

  // Of "a|b" the first that the suite has.
  std::string choose(const std::string& alternatives) const;

  // Those, with all that they depend on.
  void plan(const std::vector<std::string>& names);
  const std::vector<Package>& packages() const { return packages_; }
  std::uint64_t size() const { return size_; }

  // The files of what was planned, fetched and checked.
  std::vector<std::string> fetch(Progress& progress);

 private:
  struct Planned {
    std::string uri, file;
  };

  void write_configuration() const;
  bool use(const std::vector<Source>& sources);
  int run(std::vector<std::string> line, int third, std::string& said, Progress* progress) const;
  void read_plan(const std::string& text);
  [[noreturn]] void fail(const std::string& what, const std::string& said) const;
  std::string with_near_names(const std::string& error) const;

  std::string directory_, suite_, keyring_;
  Release release_;
  std::vector<std::string> names_, lines_;
  std::vector<Planned> planned_;
  std::vector<Package> packages_;
  std::uint64_t size_ = 0;
};

}  // namespace bulkhead::trees
