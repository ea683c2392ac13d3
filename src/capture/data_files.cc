#include "capture/data_files.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "base/fd.h"
#include "capture/layout.h"
#include "messages/failure.h"

namespace bulkhead::capture {
namespace {

using Names = std::unique_ptr<DIR, int (*)(DIR*)>;

// Sorted. errno tells why it is empty.
std::vector<std::string> list(const resolve::Tree& tree, const std::string& directory) {
  Result<Fd> opened = tree.open_directory(directory);
  if (!opened) {
    errno = opened.error().number;
    return {};
  }
  Names stream(::fdopendir(opened->release()), ::closedir);
  if (stream == nullptr) return {};
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Makes no values: somebody could have nested them so deep that nobody can walk through them.
class LibraryPaths : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool key(std::string& key) override {
    is_path_ = key == "library_path";
    return true;
  }
  bool string(std::string& text) override {
    if (is_path_) names.push_back(text);
    return other();
  }
  bool null() override { return other(); }
  bool boolean(bool) override { return other(); }
  bool number_integer(number_integer_t) override { return other(); }
  bool number_unsigned(number_unsigned_t) override { return other(); }
  bool number_float(number_float_t, const std::string&) override { return other(); }
  bool binary(binary_t&) override { return other(); }
  bool start_object(std::size_t) override { return other(); }
  bool end_object() override { return other(); }
  bool start_array(std::size_t) override { return other(); }
  bool end_array() override { return other(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
    return false;
  }

  std::vector<std::string> names;

 private:
  bool other() {
    is_path_ = false;
    return true;
  }

  bool is_path_ = false;  // what comes next
};

class Walk {
 public:
  Walk(const resolve::Tree& tree, std::vector<LeftOut>& left_out)
      : tree_(tree), layout_(tree), left_out_(left_out) {}

  void visit(const std::string& path) {
    const Layout::Place place = layout_.find(path);
    if (place.path.empty()) {
      left_out_.push_back({path, "it is no file, or a link that leads nowhere"});
    } else if (place.is_file) {
      add(path, place);
    } else if (visited_.insert(place.path).second) {
      errno = 0;
      const std::vector<std::string> names = list(tree_, path);
      if (names.empty() && errno != 0) fail_to_read(path, errno);
      for (const std::string& name : names) visit(path + "/" + name);
    }
  }

  std::vector<FoundFile> files;

 private:
  [[noreturn]] void fail_to_read(const std::string& path, int error) const {
    Arena arena;
    throw messages::Failure(std::string(tree_.host_path(arena, path)) + ": cannot be read: " +
                            ::strerror(error) + "; a capture needs all of it");
  }

  void add(const std::string& path, const Layout::Place& place) {
    Arena arena;
    Result<resolve::OpenedFile> file = tree_.open_file(arena, path);
    if (!file) fail_to_read(path, file.error().number);
    char start[SELFMAG];
    const bool is_library = ::pread(file->fd.get(), start, sizeof start, 0) == SELFMAG &&
                            ::memcmp(start, ELFMAG, SELFMAG) == 0;
    files.push_back({path, is_library, place.status});
  }

  const resolve::Tree& tree_;
  Layout layout_;
  std::vector<LeftOut>& left_out_;
  std::set<std::string> visited_;
};

}  // namespace

std::vector<std::string> names_in(const resolve::Tree& tree, const std::string& directory) {
  return list(tree, directory);
}

std::vector<std::string> libraries_named_in(const resolve::Tree& tree, const std::string& path) {
  Arena arena;
  Result<resolve::OpenedFile> file = tree.open_file(arena, path);
  if (!file) return {};
  Result<FileMapping> mapping = FileMapping::of(file->fd.get());
  if (!mapping) return {};
  LibraryPaths found;
  if (!nlohmann::json::sax_parse(mapping->text(), &found)) return {};
  for (std::string& name : found.names) {
    const bool relative = name.find('/') != std::string::npos && !name.starts_with('/');
    if (relative) name = path.substr(0, path.rfind('/') + 1) + name;
  }
  return std::move(found.names);
}

std::vector<FoundFile> files_below(const resolve::Tree& tree, const std::string& path,
                                   std::vector<LeftOut>& left_out) {
  Walk walk(tree, left_out);
  walk.visit(path);
  return std::move(walk.files);
}

}  // namespace bulkhead::capture
