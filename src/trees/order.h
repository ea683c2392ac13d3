// `bulkhead tree`: what is asked, and all that comes of it.
#pragma once

#include <string>
#include <vector>

namespace bulkhead::trees {

struct Order {
  std::string action;              // add, list, update, remove, path
  std::vector<std::string> names;  // of trees
  std::vector<std::string> packages, profiles;
  std::string suite, image, from;
  bool quiet = false, json = false;
};

inline constexpr const char* kActions[] = {"add", "list", "update", "remove", "path"};

// Fails on what cannot be done, or is no order; dies of a signal that ends it.
void carry_out(Order order);

}  // namespace bulkhead::trees
