// A program with plugins that need two releases of one library:
//
//   plugin-host plain     as every program does it, with dlopen
//   plugin-host capsules  each plugin in a capsule of its own
//
// The plugins lie in plugins/old and plugins/new beside the program, each with the libcodec.so.1
// that it was made for, which it finds by its DT_RUNPATH, $ORIGIN.
#include <dlfcn.h>

#include <bulkhead/bulkhead.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "plugin.h"

namespace {

using gallery::PictureError;
using gallery::Plugin;

struct Loaded {
  std::string name;
  bulkhead::Library library;       // keeps the plugin's code; empty for dlopen
  std::unique_ptr<Plugin> plugin;  // so destroyed first
};

std::filesystem::path file_of(const std::string& name) {
  return std::filesystem::canonical("/proc/self/exe").parent_path() / "plugins" / name /
         (name + ".so");
}

Loaded load_plainly(const std::string& name) {
  void* handle = ::dlopen(file_of(name).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) throw std::runtime_error(::dlerror());
  auto make = reinterpret_cast<decltype(make_plugin)*>(::dlsym(handle, "make_plugin"));
  if (make == nullptr) throw std::runtime_error(::dlerror());
  return {name, {}, std::unique_ptr<Plugin>(make())};
}

Loaded load_in_capsule(const std::string& name) {
  // Strings, exceptions and classes cross the border: both sides must mean the same libstdc++.
  bulkhead::Capsule capsule(bulkhead::Options().tree("/").name(name).share("libstdc++.so.6"));
  bulkhead::Library library = capsule.open(file_of(name));
  auto make = library.symbol<Plugin*()>("make_plugin");
  for (const bulkhead::LibraryInfo& each : capsule.libraries()) {
    if (each.name == "libcodec.so.1" || each.name == "libstdc++.so.6") {
      std::cout << "  " << name << " has a " << (each.role == BH_SHARED ? "shared " : "private ")
                << each.name << ": " << each.file << '\n';
    }
  }
  return {name, std::move(library), std::unique_ptr<Plugin>(make())};
}

void use(Loaded& loaded) {
  std::cout << "  " << loaded.name << " encodes 4 x 3 as: " << loaded.plugin->encode({4, 3})
            << '\n';
  try {
    loaded.plugin->encode({0, 3});
  } catch (const PictureError& error) {
    std::cout << "  " << loaded.name << " refuses 0 x 3: " << error.what() << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string how = argc == 2 ? argv[1] : "";
  if (how != "plain" && how != "capsules") {
    std::cerr << "usage: plugin-host plain|capsules\n";
    return 2;
  }
  try {
    std::vector<Loaded> plugins;
    for (const char* name : {"old", "new"}) {
      plugins.push_back(how == "plain" ? load_plainly(name) : load_in_capsule(name));
    }
    for (Loaded& each : plugins) use(each);
  } catch (const std::exception& error) {
    std::cerr << "plugin-host: " << error.what() << '\n';
    return 1;
  }
}
