#include "cache/shim_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "arch/machine.h"
#include "base/fd.h"
#include "base/text.h"
#include "elf/glibc.h"
#include "image/shim.h"
#include "messages/failure.h"
#include "resolve/hwcaps.h"

namespace bulkhead::cache {
namespace {

std::string failure_at(const std::string& path, const char* what, const char* advice) {
  return path + ": " + what + ": " + ::strerror(errno) + advice;
}

[[noreturn]] void fail_to_write(const std::string& path, const char* what, const char* advice) {
  throw messages::NoRoom(failure_at(path, what, advice));
}

void link_library(const survey::OwnLibrary& library, const std::string& directory) {
  std::string path = directory + "/" + library.name;
  ::unlink(path.c_str());
  if (::symlink(library.path.c_str(), path.c_str()) != 0) fail_to_write(path, "cannot be made", "");
}

void copy_library(const survey::OwnLibrary& library, const std::string& directory) {
  Fd source(::open(library.path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source.valid()) throw messages::Failure(failure_at(library.path, "cannot be read", ""));
  Result<FileMapping> mapping = FileMapping::of(source.get());
  if (!mapping) throw messages::Failure(library.path + ": " + std::string(mapping.error().what));
  write_file(directory + "/" + library.name, mapping->text());
}

bool is_shared(const plan::Plan& plan, std::string_view name) {
  for (const plan::Entry& entry : plan.entries) {
    if (entry.name == name) return entry.role == plan::Role::shared;
  }
  return false;
}

bool is_private(const plan::Plan& plan, std::string_view name) {
  for (const plan::Entry& entry : plan.entries) {
    if (entry.name == name) return entry.role == plan::Role::kept_private;
  }
  return false;
}

// What a program gets with the shim, as it gets it with the library itself, breadth first: the
// libraries of the base and the shims of exposed libraries that the target needs, directly or by
// way of private ones. So their constructors come first, and who looks symbols up in the program's
// scope, or by the shim's handle, finds theirs.
void add_needs(const survey::Survey& survey, const plan::Node& target,
               List<std::string_view>& names) {
  const plan::Graph& tree = survey.graphs().tree;
  auto add = [&](std::string_view name) {
    if (!plan::contains(names.view(), name)) names.push_back(name);
  };
  std::vector<const plan::Node*> nodes = {&target};
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const plan::Need& need : nodes[i]->needs) {
      const plan::Node* node = need.node == plan::kNone ? nullptr : &tree.nodes[need.node];
      std::string_view name = node == nullptr ? need.name : node->name;
      if (node == &target || name.starts_with("ld-linux")) continue;
      if (plan::is_glibc_family(name) || is_shared(survey.plan(), name)) {
        // Some parts of glibc that a tree has this system may not have any more.
        bool part = plan::is_glibc_family(name);
        if (!part || survey.graphs().base.find(name) != nullptr) add(name);
      } else if (plan::contains(survey.plan().expose.view(), name)) {
        add(file_name_of(name));  // of the shim, whatever its SONAME
      } else if (node != nullptr && is_private(survey.plan(), name)) {
        if (std::find(nodes.begin(), nodes.end(), node) == nodes.end()) nodes.push_back(node);
      }
    }
  }
  // The runtime, which comes last, brings it as well: only its place among others counts.
  if (names.size() == 1 && names[0] == elf::kLibc) names.truncate(0);
}

std::span<const std::string_view> companions(survey::Survey& survey, const plan::Node& target,
                                             OwnLibraries how) {
  List<std::string_view> names(survey.arena());
  add_needs(survey, target, names);
  const plan::Node* libc = survey.graphs().base.find(elf::kLibc);
  bool one_libc = libc != nullptr && libc->defines_version("GLIBC_2.34");
  if (!one_libc || how == OwnLibraries::portable) {
    for (const plan::MergedLibrary& library : plan::merged_into_libc()) {
      if (library.with_shims && !plan::contains(names.view(), library.name)) {
        names.push_back(library.name);
      }
    }
  }
  return names.view();
}

// The library itself has search paths, or the program: what they lead to is found by the shim's.
std::string_view search_path_for(survey::Survey& survey, std::span<const std::string_view> names) {
  std::string_view path = "$ORIGIN";  // the runtime lies there, however the shim was found
  for (std::string_view name : names) {
    const plan::Node* library = survey.graphs().base.find(name);
    if (library == nullptr || library->file == survey.file_in_base(name)) continue;
    std::string_view directory = directory_of(library->file);
    if (directory.find_first_of(":$") != std::string_view::npos) continue;
    path = join(survey.arena(), {path, ":", directory});
  }
  return path;
}

// Whether ld.so would refuse to open it by dlopen: for its own sake, or for that of a library that
// comes with it. (Those of which there are shims say so themselves.)
bool is_not_for_dlopen(const survey::Survey& survey, const plan::Node& target) {
  std::vector<const plan::Node*> nodes = {&target};
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const elf::Object* object = nodes[i]->object;
    if (object != nullptr && (object->dynamic.flags_1 & DF_1_NOOPEN) != 0) return true;
    for (const plan::Need& need : nodes[i]->needs) {
      if (need.node == plan::kNone) continue;
      const plan::Node* node = &survey.graphs().tree.nodes[need.node];
      if (!is_private(survey.plan(), node->name)) continue;
      if (std::find(nodes.begin(), nodes.end(), node) == nodes.end()) nodes.push_back(node);
    }
  }
  return false;
}

// The names of libraries in directories. Each directory is read once: a system's has thousands.
class Listings {
 public:
  const std::vector<std::string>& of(const std::string& directory) {
    const auto [found, is_new] = listed_.try_emplace(directory);
    if (is_new) read(directory, found->second);
    return found->second;
  }

 private:
  static void read(const std::string& directory, std::vector<std::string>& names) {
    std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), ::closedir);
    while (const dirent* entry = stream == nullptr ? nullptr : ::readdir(stream.get())) {
      if (::strstr(entry->d_name, ".so") != nullptr) names.emplace_back(entry->d_name);
    }
  }

  std::map<std::string, std::vector<std::string>> listed_;
};

// Other names by which programs open a library: links to it, such as libGL.so, and the name of the
// file itself.
void add_link_names(std::string_view file, std::string_view soname, Listings& listings,
                    std::set<std::string>& names) {
  std::string_view stem = soname.substr(0, soname.find(".so") + 3);
  if (!stem.ends_with(".so")) return;
  const std::string directory(directory_of(file));
  std::error_code error;
  std::filesystem::path real;
  for (const std::string& name : listings.of(directory)) {
    if (!name.starts_with(stem) || name == soname) continue;
    if (real.empty()) real = std::filesystem::canonical(file, error);
    if (error) return;
    if (std::filesystem::canonical(directory + "/" + name, error) == real && !error) {
      names.insert(name);
    }
    error.clear();
  }
}

// Where ld.so looks first.
void link_again(const std::string& directory, std::string_view name) {
  std::span<const std::string_view> levels = arch::Native::kHwcaps;
  if (levels.empty()) return;
  std::string path = directory;
  for (std::string_view each : {resolve::kHwcapsDirectory.substr(1), levels.back()}) {
    path.append("/").append(each);
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
      fail_to_write(path, "cannot be made", "");
    }
  }
  path.append("/").append(name);
  ::unlink(path.c_str());
  if (::symlink(("../../" + std::string(name)).c_str(), path.c_str()) != 0) {
    fail_to_write(path, "cannot be made", "");
  }
}

void link_names(survey::Survey& survey, const std::string& directory, const plan::Node& target,
                std::string_view soname, Listings& listings) {
  std::set<std::string> names;
  add_link_names(target.file, soname, listings, names);
  add_link_names(survey.file_in_base(soname), soname, listings, names);
  if (target.asked_for != soname) names.emplace(file_name_of(target.asked_for));
  link_again(directory, soname);
  for (const std::string& name : names) {
    if (name == soname || plan::contains(survey.plan().expose.view(), name)) continue;
    std::string path = directory + "/" + name;
    ::unlink(path.c_str());
    if (::symlink(std::string(soname).c_str(), path.c_str()) != 0) {
      fail_to_write(path, "cannot be made", "");
    }
    link_again(directory, name);
  }
}

}  // namespace

void write_file(const std::string& path, std::string_view bytes) {
  std::string beside = path + ".new";
  ::unlink(beside.c_str());
  // Never written through a link, nor readable in part under its own name.
  Fd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!fd.valid())
    fail_to_write(beside, "cannot be written", "; choose a directory that you may write to");
  if (Status written = write_all(fd.get(), as_bytes(bytes)); !written) {
    errno = written.error().number;
    fail_to_write(beside, "cannot be written",
                  errno == EFBIG ? "; ulimit -f is too low" : "; is the disk full?");
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) fail_to_write(path, "cannot be replaced", "");
}

void write_interposer(survey::Survey& survey, const std::string& directory,
                      const std::string& file_name) {
  std::string_view soname = survey.plan().expose[0];
  const plan::Node* target = survey.graphs().tree.find(soname);
  Result<std::span<const std::byte>> shim = image::build_shim(
      survey.arena(), {target->object, soname, survey.request(),
                       companions(survey, *target, OwnLibraries::linked), "$ORIGIN", true});
  if (!shim) {
    throw messages::Failure(std::string(target->file) + ": " +
                            std::string(render(survey.arena(), shim.error())));
  }
  write_file(directory + "/" + file_name,
             {reinterpret_cast<const char*>(shim->data()), shim->size()});
  for (const survey::OwnLibrary& library : survey.own_libraries()) link_library(library, directory);
}

void write_shims(survey::Survey& survey, const std::string& directory, OwnLibraries how) {
  Listings listings;
  for (std::string_view soname : survey.plan().expose) {
    const plan::Node* target = survey.graphs().tree.find(soname);
    if (target == nullptr)
      throw messages::Failure(std::string(soname) + ": is to be exposed and was not found");
    std::span<const std::string_view> needed = companions(survey, *target, how);
    Result<std::span<const std::byte>> shim =
        image::build_shim(survey.arena(), {target->object, soname, survey.request(), needed,
                                           search_path_for(survey, needed), false,
                                           is_not_for_dlopen(survey, *target)});
    if (!shim) {
      throw messages::Failure(std::string(target->file) + ": " +
                              std::string(render(survey.arena(), shim.error())));
    }
    // What has no SONAME, and was asked for by its path, programs ask for by its file's name.
    std::string_view file_name = file_name_of(soname);
    if (file_name != soname && std::filesystem::exists(directory + "/" + std::string(file_name))) {
      throw messages::Failure(std::string(soname) + ": another exposed library has the file name " +
                              std::string(file_name) + "; expose one of the two");
    }
    write_file(directory + "/" + std::string(file_name),
               {reinterpret_cast<const char*>(shim->data()), shim->size()});
    link_names(survey, directory, *target, file_name, listings);
  }
  for (const survey::OwnLibrary& library : survey.own_libraries()) {
    how == OwnLibraries::linked ? link_library(library, directory)
                                : copy_library(library, directory);
  }
}

}  // namespace bulkhead::cache
