// The story of `bulkhead capture`: a relocatable tree of what a capsule of some libraries needs.
#pragma once

#include <string>
#include <vector>

#include "survey/options.h"

namespace bulkhead::capture {

struct Request {
  survey::Options options;           // the tree, and what is exposed
  std::vector<std::string> include;  // see contents_of
  std::string output;
  bool force = false;    // in the place of an older one
  bool dry_run = false;  // only say what would be in it
};

struct Outcome {
  std::string text;                   // for who asked
  std::vector<std::string> warnings;  // a line each
};

// Fails if nothing could be made. Then nothing is there, or what was there before.
Outcome capture_tree(const Request& request);

}  // namespace bulkhead::capture
