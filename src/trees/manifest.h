// How a tree was made: NAME/manifest.json, by which `list` tells and `update` makes it again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::trees {

struct Package {
  std::string name, version;
  bool operator==(const Package&) const = default;
};

struct Manifest {
  enum class Kind : unsigned char { packages, image, directory };

  std::string name, made;  // made: 2026-12-31T23:59:59Z
  Kind kind = Kind::directory;

  // Of packages: what was asked for, and what came.
  std::string suite;
  std::vector<std::string> asked, profiles;
  std::vector<std::string> sources;  // lines as for sources.list
  std::vector<Package> packages;

  // Of an image or a directory: its absolute path.
  std::string path;
  // Of an image: its name in the file, and digests ("sha256:…"), the image's and its layers'.
  std::string image, digest;
  std::vector<std::string> layers;

  std::uint64_t files = 0, bytes = 0;

  std::string to_json() const;
  // Fails on what is no manifest; `path` is named then.
  static Manifest from_json(std::string_view text, const std::string& path);

  // "packages of trixie: --profile gl", "image /tmp/x.tar (debian:12)", "directory /srv/x".
  std::string source_text() const;
};

}  // namespace bulkhead::trees
