// Plugins of the program's that are to be loaded in a capsule (Request::plugins).
#pragma once

#include "capsule/capsule.h"

namespace bulkhead::outside {

// From now on there are some. After the base is hooked.
void take_plugins();

// What a dlopen of the program's, called at `caller`, came to.
struct PluginOpening {
  bool is_done = false;    // else it is none of a capsule's
  void* handle = nullptr;  // null: there is a message for dlerror
};
PluginOpening open_plugin(const char* file, int mode, const void* caller);

}  // namespace bulkhead::outside
