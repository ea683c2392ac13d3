// What the host and its plugins know of each other.
#pragma once

#include <stdexcept>
#include <string>

namespace gallery {

struct Picture {
  int width, height;
};

// Thrown by plugins, caught by the host.
class PictureError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Plugin {
 public:
  virtual ~Plugin() = default;
  // A text made in the plugin, which the host destroys. Throws PictureError.
  virtual std::string encode(const Picture& picture) = 0;
};

}  // namespace gallery

// Each plugin defines it; the caller deletes what it gets.
extern "C" gallery::Plugin* make_plugin();
