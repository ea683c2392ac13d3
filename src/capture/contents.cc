#include "capture/contents.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "arch/machine.h"
#include "base/text.h"
#include "elf/notes.h"
#include "elf/versions.h"
#include "messages/failure.h"
#include "plan/rules_of_thumb.h"
#include "resolve/captured.h"
#include "resolve/hwcaps.h"
#include "resolve/ld_conf.h"

namespace bulkhead::capture {
namespace {

using messages::Failure;

bool stops_at_glibc(void*, std::string_view name) { return plan::is_glibc_family(name); }

std::string build_id_of(const elf::Image& image) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (std::byte each : elf::build_id(image)) {
    text += kDigits[std::to_integer<unsigned>(each) >> 4U];
    text += kDigits[std::to_integer<unsigned>(each) & 15U];
  }
  return text;
}

unsigned minor_of(std::string_view version) {
  constexpr std::string_view kPrefix = "GLIBC_2.";
  std::uint64_t minor = 0;
  if (!version.starts_with(kPrefix)) return 0;
  std::string_view rest = drop(version, kPrefix.size());
  return parse_number(split_off(rest, '.'), minor) ? static_cast<unsigned>(minor) : 0;
}

// "/usr/lib/glibc-hwcaps/x86-64-v3" is looked into where "/usr/lib" is.
std::string without_hwcaps(std::string_view directory) {
  const std::size_t at = directory.find(std::string(resolve::kHwcapsDirectory) + "/");
  return std::string(at == std::string_view::npos ? directory : take(directory, at));
}

class Collector {
 public:
  Collector(Arena& arena, survey::TreeSide& side)
      : arena_(arena), side_(side), contents_(side.tree) {}

  Contents collect(const std::vector<std::string>& include) {
    // Which directories are searched by default, and what $LIB means, their being there tells.
    for (std::string_view each : arch::Native::kMultiarchDirectories)
      contents_.layout.add_directory(std::string(each));
    for (std::string_view each : arch::Native::kDirectories)
      contents_.layout.add_directory(std::string(each));
    add(*side_.closure, [this](const resolve::Library& library) { return why_root(library); });
    look_for_missing();
    for (const std::string& each : include) this->include(each);
    add_data();
    // Others of the same name, for other processors: each may need others.
    for (std::size_t i = 0; i < contents_.libraries.size(); ++i)
      add_variants_of(Library(contents_.libraries[i]));
    configure();
    make_way_for(resolve::kCaptureManifest);
    contents_.newest_glibc = newest_ == 0 ? "" : "GLIBC_2." + std::to_string(newest_);
    return std::move(contents_);
  }

 private:
  std::string why_root(const resolve::Library& library) {
    const std::string_view name = library.known_as();
    if (plan::contains(side_.exposed, name)) return "exposed";
    for (std::string_view plugin : side_.plugins) {
      if (plugin == library.name) return "opened by exposed libraries when they run";
    }
    return "programs pass its objects to exposed libraries, and may bring none";
  }

  template <class Why>
  void add(const resolve::Closure& closure, Why why) {
    for (const resolve::Library& library : closure.libraries()) {
      Layout::Place place = contents_.layout.add(std::string(library.path));
      if (place.path.empty()) throw Failure(std::string(library.host_path) + ": is gone");
      if (!known_.insert(place.path).second) continue;
      identities_.insert({library.status.st_dev, library.status.st_ino});
      std::string reason =
          library.loader == resolve::kNone
              ? why(library)
              : "needed by " + std::string(closure.libraries()[library.loader].known_as());
      contents_.libraries.push_back({place.path, std::string(library.path),
                                     std::string(library.soname), build_id_of(library.image),
                                     std::move(reason)});
      note_search(library);
      Result<elf::Versions> versions =
          elf::Versions::read_names(arena_, library.image, library.dynamic);
      if (!versions) continue;
      for (const elf::VersionNeed& need : versions->needs())
        newest_ = std::max(newest_, minor_of(need.name));
    }
  }

  // Found by the tree's configuration, and not where any ld.so looks.
  void note_search(const resolve::Library& library) {
    if (!library.found_by.starts_with("ld.so.")) return;
    searched_.insert(without_hwcaps(library.directory));
  }

  // The first ones are those that the exposed libraries need, without whom nothing runs.
  void look_for_missing() {
    const std::span<const plan::Node> nodes = side_.graph.nodes;
    std::vector<bool> needed(nodes.size());
    std::vector<std::uint32_t> queue;
    for (std::string_view name : side_.exposed) queue.push_back(side_.graph.index_of(name));
    while (!queue.empty()) {
      const std::uint32_t index = queue.back();
      queue.pop_back();
      if (index == plan::kNone || needed[index]) continue;
      needed[index] = true;
      for (const plan::Need& need : nodes[index].needs) queue.push_back(need.node);
    }
    std::vector<std::string> sentences;
    for (const resolve::Missing& missing : side_.closure->missing()) {
      if (missing.needed_by == resolve::kNone) continue;
      std::string text = std::string(missing.name) + ": is needed by " +
                         std::string(nodes[missing.needed_by].file) + " and is not in the tree";
      if (!missing.why.empty()) text += " (" + std::string(missing.why) + ")";
      if (needed[missing.needed_by]) {
        sentences.push_back(text + "; install it there");
      } else {
        contents_.warnings.push_back(text + ", so that one will not open");
      }
    }
    if (!sentences.empty()) throw Failure::of_several(sentences, Fault::missing);
  }

  // A library's name or path, with what it needs.
  void add_root(const std::string& name, const std::string& why) {
    const std::string_view root = arena_.copy(name);
    const resolve::Closure& closure =
        *closures_.emplace_back(std::make_unique<resolve::Closure>(messages::take_or_fail(
            arena_, resolve::Closure::find(arena_, side_.searcher,
                                           {{&root, 1}, {stops_at_glibc, nullptr}, {}}))));
    for (const resolve::Missing& missing : closure.missing()) {
      if (missing.needed_by == resolve::kNone) {
        throw Failure(name + ": is not in the tree " + std::string(side_.tree.path()) +
                          " (looked for in " + std::string(missing.searched) + ")",
                      messages::kFailed, Fault::missing, name);
      }
      contents_.warnings.push_back(std::string(missing.name) + ": is needed by " +
                                   std::string(closure.libraries()[missing.needed_by].host_path) +
                                   " and is not in the tree, so that one will not open");
    }
    add(closure, [&why](const resolve::Library&) { return why; });
  }

  void include(const std::string& name) {
    const std::string why = "asked for by --include";
    if (name.find('/') == std::string::npos) return add_root(name, why);
    if (!name.starts_with('/')) {
      throw Failure(
          "--include " + name +
          ": is a relative path; name a library (libfoo.so.1), or a path inside the tree");
    }
    const Layout::Place place = contents_.layout.find(name);
    if (place.path.empty()) {
      throw Failure(name + ": is not in the tree " + std::string(side_.tree.path()),
                    messages::kFailed, Fault::missing, name);
    }
    for (const FoundFile& file : files_below(side_.tree, name, contents_.left_out)) {
      file.is_library ? add_root(file.path, why) : add_file(file.path, why);
    }
    contents_.layout.add(name);
  }

  void add_file(const std::string& path, const std::string& why) {
    Layout::Place place = contents_.layout.add(path);
    if (!known_.insert(place.path).second) return;
    contents_.data.push_back({place.path, why});
    if (!path.ends_with(".json")) return;
    for (const std::string& name : libraries_named_in(side_.tree, path)) {
      Result<resolve::Found> found = side_.searcher.find(arena_.copy(name), {});
      if (!found || identities_.contains({found->file.status.st_dev, found->file.status.st_ino}))
        continue;
      add_root(name, "named by " + place.path);
    }
  }

  // What a capsule reads of the tree. Of the libraries there it opens those that are found
  // already, under any of their names, and those of which a profile only names some.
  void add_data() {
    for (const std::string& map : side_.profile_maps) {
      const std::string from = map.substr(0, map.find('='));
      contents_.layout.add(from);
      for (const FoundFile& file : files_below(side_.tree, from, contents_.left_out)) {
        if (!file.is_library) {
          add_file(file.path, "below " + from + ", which the capsule reads from the tree");
        } else if (identities_.contains({file.status.st_dev, file.status.st_ino})) {
          known_.insert(contents_.layout.add(file.path).path);
        } else if (is_beside_examples(file.path)) {
          add_root(file.path, "beside plugins that a profile names");
        } else {
          contents_.left_out.push_back(
              {file.path, "no profile in force opens it; --include takes it along"});
        }
      }
    }
  }

  bool is_beside_examples(const std::string& path) const {
    return std::ranges::find(side_.of_examples, directory_of(path)) != side_.of_examples.end();
  }

  void add_variants_of(const Library& library) {
    const std::string directory = without_hwcaps(directory_of(library.asked));
    const std::string name(file_name_of(library.asked));
    std::vector<std::string> others = {directory + "/" + name};
    const std::string levels = directory + std::string(resolve::kHwcapsDirectory);
    for (const std::string& level : names_in(side_.tree, levels))
      others.push_back(levels + "/" + level + "/" + name);
    for (const std::string& other : others) {
      const Layout::Place place = contents_.layout.find(other);
      if (!place.is_file || known_.contains(place.path)) continue;
      add_root(other, "for other processors, in the place of " + library.path);
    }
  }

  // In the order that the tree has. What only its cache knew comes last.
  void configure() {
    std::set<std::string> by_default;
    for (std::string_view each : arch::Native::kMultiarchDirectories)
      by_default.insert(contents_.layout.find(std::string(each)).path);
    if (contents_.layout.find("/" + std::string(arch::Native::kMultiarchLib)).path.empty() &&
        contents_.layout.find("/usr/" + std::string(arch::Native::kMultiarchLib)).path.empty()) {
      for (std::string_view each : arch::Native::kDirectories)
        by_default.insert(contents_.layout.find(std::string(each)).path);
    }
    std::map<std::string, std::string> wanted;  // by its path without links
    for (const std::string& each : searched_) {
      const std::string path = contents_.layout.find(each).path;
      if (!by_default.contains(path)) wanted.emplace(path, each);
    }
    const resolve::LdConf conf =
        messages::take_or_fail(arena_, resolve::read_ld_conf(arena_, side_.tree));
    auto use = [&](const std::string& directory) {
      contents_.layout.add(directory);
      contents_.directories.push_back(directory);
    };
    for (std::string_view each : conf.directories) {
      if (wanted.erase(contents_.layout.find(std::string(each)).path) != 0) use(std::string(each));
    }
    for (const auto& [path, directory] : wanted) use(directory);
    // The tree's would lead to other directories, and may include files.
    if (!contents_.directories.empty()) make_way_for(kConfiguration);
  }

  // A file that the copy has of its own.
  void make_way_for(const std::string& own) {
    const std::string path = contents_.layout.remove(own);
    if (path.empty()) return;
    std::erase_if(contents_.data, [&path](const Data& each) { return each.path == path; });
    contents_.left_out.push_back({path, "the copy has its own"});
  }

  Arena& arena_;
  survey::TreeSide& side_;
  Contents contents_;
  std::set<std::string> known_;                                   // files that were added
  std::set<std::pair<std::uint64_t, std::uint64_t>> identities_;  // of libraries
  std::set<std::string> searched_;
  std::vector<std::unique_ptr<resolve::Closure>> closures_;
  unsigned newest_ = 0;
};

}  // namespace

Contents contents_of(Arena& arena, const survey::Options& options,
                     const std::vector<std::string>& include, survey::TreeSide& side) {
  survey::Findings findings;
  survey::look_at_tree(arena, options, side, findings);
  Contents contents = Collector(arena, side).collect(include);
  for (const messages::Warning& warning : findings.warnings)
    contents.warnings.push_back(warning.text);
  return contents;
}

}  // namespace bulkhead::capture
