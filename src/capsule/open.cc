// Opening libraries in a capsule: find, decide, generate, let ld.so do the rest.
#include <unistd.h>

#include "base/diagnostics.h"
#include "base/text.h"
#include "capsule/capsule.h"
#include "capsule/share.h"
#include "image/manifest.h"
#include "plan/policy.h"
#include "process/libdl.h"
#include "process/loader.h"
#include "process/modules.h"

namespace bulkhead::capsule {
namespace {

constexpr std::string_view kCompat = "libbulkhead-compat.so.0";
constexpr std::string_view kCompatMath = "libbulkhead-compat-m.so.0";
constexpr std::size_t kMaxImages = 64;

// What a manifest lists: a file of the tree, or a mirror of that name.
struct Entry {
  std::uint32_t library = resolve::kNone;
  std::string_view shared;
};

// Breadth first, as ld.so walks; every mirror at the place where its name is met, since
// the order is also that of symbol lookup inside.
List<Entry> order(Arena& arena, const Capsule& capsule, const resolve::Closure& closure,
                  std::span<const std::string_view> roots) {
  List<Entry> entries(arena);
  std::span<bool> listed = arena.array<bool>(closure.libraries().size());
  auto add_shared = [&](std::string_view name) {
    if (!shares(capsule, name)) return;
    for (const Entry& entry : entries) {
      if (entry.shared == name) return;
    }
    entries.push_back({resolve::kNone, arena.copy(name)});  // errors outlive the closure's files
  };
  auto add_library = [&](std::uint32_t index) {
    if (listed[index]) return;
    listed[index] = true;
    entries.push_back({index, {}});
  };
  for (std::uint32_t i = 0; i < closure.libraries().size(); ++i) {
    if (closure.libraries()[i].loader == resolve::kNone) add_library(i);
  }
  for (std::string_view root : roots) add_shared(root);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].library == resolve::kNone) continue;
    for (const resolve::Need& need : closure.libraries()[entries[i].library].needs) {
      if (need.library != resolve::kNone) {
        add_library(need.library);
      } else {
        add_shared(need.name);
      }
    }
  }
  return entries;
}

std::unexpected<Error> missing_library(Arena& arena, const Capsule& capsule,
                                       const resolve::Closure& closure) {
  const resolve::Missing& missing = closure.missing()[0];
  std::string_view by =
      missing.needed_by == resolve::kNone
          ? std::string_view{"asked for"}
          : join(arena, {"needed by ", closure.libraries()[missing.needed_by].host_path});
  std::string_view because = join(arena, {by, missing.why.empty() ? "" : "; ", missing.why});
  return fail(Fault::missing, join(arena, {"is not in the tree ", capsule.request.tree}),
              arena.copy(missing.name), because,
              "add it to the tree, or share the program's own with --share");
}

// Which of the two compat libraries the closure's version requirements call for.
struct CompatNeed {
  bool libc = false;
  bool math = false;
};

bool defines(std::span<const elf::VersionDefinition> definitions, std::string_view version) {
  for (const elf::VersionDefinition& definition : definitions) {
    if (definition.name == version) return true;
  }
  return false;
}

CompatNeed compat_need(Arena& arena, const resolve::Closure& closure,
                       std::span<const Mirrored> mirrored) {
  CompatNeed need;
  for (const resolve::Library& library : closure.libraries()) {
    elf::Dynamic requirements = library.dynamic;
    requirements.versym = 0;  // the requirements alone
    requirements.verdef = 0;
    Result<elf::Versions> versions = elf::Versions::read(arena, library.image, requirements, 0);
    if (!versions) continue;  // ld.so will say what is wrong with it
    for (const elf::VersionNeed& version : versions->needs()) {
      for (const Mirrored& mirror : mirrored) {
        if (mirror.name != version.file || !plan::is_glibc_family(mirror.name) ||
            defines(mirror.versions, version.name)) {
          continue;
        }
        bool math = mirror.name == "libm.so.6" || mirror.name == "libmvec.so.1";
        (math ? need.math : need.libc) = true;
        debug(Topic::compat, {library.host_path, " needs ", version.name, " of ", mirror.name,
                              ", which the program's lacks"});
      }
    }
  }
  return need;
}

// What glibc 2.34 made part of libc.so.6. Where it still stands apart compat's aliases lead
// to it, whether or not a library of the tree asks for it by name.
constexpr std::string_view kApartBefore234[] = {"libpthread.so.0", "libdl.so.2",   "librt.so.1",
                                                "libresolv.so.2",  "libutil.so.1", "libanl.so.1"};

bool stands_apart(std::span<const Mirrored> mirrored) {
  for (const Mirrored& mirror : mirrored) {
    if (mirror.name == "libc.so.6") return !defines(mirror.versions, "GLIBC_2.34");
  }
  return false;
}

bool is_mirrored(std::span<const Mirrored> mirrored, std::string_view name) {
  for (const Mirrored& mirror : mirrored) {
    if (mirror.name == name) return true;
  }
  return false;
}

// Adds mirrors of those that have none yet. One that this system does not have is not
// missed before it is called, and compat then says so.
Status add_apart(Arena& arena, const Capsule& capsule, std::span<const Mirrored> known,
                 List<Entry>& entries, List<MirrorImage>& mirrors) {
  List<std::string_view> wanted(arena);
  for (std::string_view name : kApartBefore234) {
    if (is_mirrored(known, name)) continue;
    if (!process::in_base(arena, name) && !process::open_in_base(arena, name)) continue;
    wanted.push_back(name);
    entries.push_back({resolve::kNone, name});
  }
  return build_mirrors(arena, capsule, wanted.view(), mirrors);
}

// The generated files of one opening; closed when ld.so has mapped them.
class Images {
 public:
  Result<std::string_view> add(Arena& arena, std::string_view label, Pieces bytes) {
    if (count_ == kMaxImages) return fail(Fault::limit, "too many shared libraries at once", label);
    Result<process::ImageFile> file = process::ImageFile::make(arena, label, bytes);
    if (!file) return std::unexpected(file.error());
    files_[count_] = static_cast<process::ImageFile&&>(*file);
    return files_[count_++].path();
  }

 private:
  process::ImageFile files_[kMaxImages];
  std::size_t count_ = 0;
};

std::uint32_t index_of(const Capsule& capsule, std::string_view host_path) {
  for (std::uint32_t i = 0; i < capsule.loaded.size(); ++i) {
    if (capsule.loaded[i].host_path == host_path) return i;
  }
  return resolve::kNone;
}

// Before ld.so is asked: constructors may open libraries themselves, and then the search
// paths of what is being opened count. (What fails to load is remembered for nothing.)
void remember(Arena& scratch, Capsule& capsule, const resolve::Closure& closure,
              std::span<const MirrorImage> mirrors) {
  Arena& arena = capsule.arena;
  std::span<std::uint32_t> places = scratch.array<std::uint32_t>(closure.libraries().size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    const resolve::Library& library = closure.libraries()[i];
    places[i] = index_of(capsule, library.host_path);
    if (places[i] != resolve::kNone) continue;
    places[i] = static_cast<std::uint32_t>(capsule.loaded.size());
    Loaded loaded;
    loaded.host_path = arena.copy(library.host_path);
    loaded.owner = {
        arena.copy(library.known_as()),        arena.copy(library.dynamic.rpath()),
        arena.copy(library.dynamic.runpath()), library.dynamic.has_runpath(),
        arena.copy(library.directory),         (library.dynamic.flags_1 & DF_1_NODEFLIB) != 0};
    // Breadth first: who asked for it has its place already.
    loaded.loader = library.loader == resolve::kNone ? resolve::kNone : places[library.loader];
    capsule.loaded.push_back(loaded);
  }
  for (const MirrorImage& mirror : mirrors) {
    std::span<elf::VersionDefinition> versions =
        arena.array<elf::VersionDefinition>(mirror.versions.size());
    for (std::size_t i = 0; i < versions.size(); ++i) versions[i] = mirror.versions[i];
    capsule.mirrored.push_back({arena.copy(mirror.name), versions});
  }
}

void append_unique(List<std::string_view>& list, std::string_view text) {
  if (!plan::contains(list.view(), text)) list.push_back(text);
}

}  // namespace

Result<Opened> open_libraries(Arena& arena, Capsule& capsule, const OpenRequest& request) {
  // Find: everything that is needed and not loaded yet, in the tree.
  Result<resolve::Tree> tree = resolve::Tree::open(arena, capsule.request.tree);
  if (!tree) return std::unexpected(tree.error());
  Result<resolve::Searcher> searcher = resolve::Searcher::open(arena, *tree);
  if (!searcher) return std::unexpected(searcher.error());
  resolve::Boundary boundary{[](void* context, std::string_view name) {
                               return shares(*static_cast<Capsule*>(context), name);
                             },
                             &capsule};
  Result<resolve::Closure> closure =
      resolve::Closure::find(arena, *searcher, {request.roots, boundary, request.scope});
  if (!closure) return std::unexpected(closure.error());
  if (!closure->missing().empty()) return missing_library(arena, capsule, *closure);

  // Decide: the order, and which mirrors have to be made.
  List<Entry> entries = order(arena, capsule, *closure, request.roots);
  List<std::string_view> wanted(arena);
  List<Mirrored> known(arena);
  {
    Locked locked(capsule.lock);
    known.append(capsule.mirrored.view());
  }
  for (const Entry& entry : entries) {
    bool have = entry.shared.empty();
    for (const Mirrored& mirror : known) have = have || mirror.name == entry.shared;
    // Not if that opening failed, or is another thread's that has not got so far.
    if (have && !entry.shared.empty()) {
      have = !process::loaded_as(arena, capsule.root, entry.shared).empty();
    }
    if (!have) wanted.push_back(entry.shared);
  }
  List<MirrorImage> mirrors(arena);
  if (Status built = build_mirrors(arena, capsule, wanted.view(), mirrors); !built) {
    return std::unexpected(built.error());
  }
  for (const MirrorImage& mirror : mirrors) known.push_back({mirror.name, mirror.versions});
  CompatNeed compat = compat_need(arena, *closure, known.view());
  if (compat.libc && stands_apart(known.view())) {
    if (Status added = add_apart(arena, capsule, known.view(), entries, mirrors); !added) {
      return std::unexpected(added.error());
    }
  }

  // Generate: mirrors, then the manifest that lists all.
  Images images;
  List<std::string_view> needed(arena);
  List<std::string_view> directories(arena);
  for (const Entry& entry : entries) {
    if (entry.library != resolve::kNone) {
      const resolve::Library& library = closure->libraries()[entry.library];
      needed.push_back(library.host_path);
      append_unique(directories, directory_of(library.host_path));
      // Asked for by another name than it calls itself: ld.so learns that name when the
      // search by DT_RPATH leads to the same file.
      if (library.name != library.soname && library.name.find('/') == std::string_view::npos) {
        needed.push_back(library.name);
      }
      continue;
    }
    for (const MirrorImage& mirror : mirrors) {
      if (mirror.name != entry.shared) continue;
      Result<std::string_view> path = images.add(arena, mirror.name, mirror.bytes);
      if (!path) return std::unexpected(path.error());
      needed.push_back(*path);
    }
    // Found by SONAME; the name is what version requirements are looked up by.
    needed.push_back(entry.shared);
  }
  if (compat.libc) needed.push_back(join_path(arena, capsule.runtime_directory, kCompat));
  if (compat.math) needed.push_back(join_path(arena, capsule.runtime_directory, kCompatMath));
  List<std::string_view> globals(arena);
  {
    Locked locked(capsule.lock);
    globals.append(capsule.globals.view());
  }
  for (std::string_view path : globals) {
    if (!process::loaded_as(arena, capsule.root, path).empty()) append_unique(needed, path);
  }
  std::string_view rpath;
  for (std::string_view directory : directories) {
    rpath = join(arena, {rpath, rpath.empty() ? "" : ":", directory});
  }
  Result<std::string_view> manifest = images.add(
      arena, "bulkhead-manifest", image::build_manifest(arena, {needed.view(), rpath, {}}));
  if (!manifest) return std::unexpected(manifest.error());
  for (std::string_view name : needed) debug(Topic::open, {"manifest lists ", name});

  {
    Locked locked(capsule.lock);
    remember(arena, capsule, *closure, mirrors.view());
  }

  // Constructors must not find a descriptor of ours among the program's.
  { resolve::Tree closed = static_cast<resolve::Tree&&>(*tree); }

  // Open: ld.so maps, relocates and initialises all of it.
  int mode = (request.bind_now ? RTLD_NOW : RTLD_LAZY) | (request.deep_bind ? RTLD_DEEPBIND : 0);
  if (capsule.root == nullptr) {
    capsule.opener = ::gettid();
    capsule.opening = *manifest;
  }
  Result<link_map*> opened = process::open_in(arena, capsule.space, *manifest, mode);
  capsule.opener = 0;
  if (!opened) return std::unexpected(opened.error());
  Locked locked(capsule.lock);
  if (capsule.root == nullptr) {
    capsule.root = *opened;
    capsule.space = process::namespace_of(*opened);
  }
  std::uint32_t first = closure->roots()[0].library;
  // A library that outlives its manifest looks symbols up in what it needs itself, and nobody
  // needs compat by name.
  bool keep = false;
  for (const resolve::Library& library : closure->libraries()) {
    keep = keep || ((compat.libc || compat.math) && (library.dynamic.flags_1 & DF_1_NODELETE) != 0);
  }
  return Opened{*opened, keep,
                first == resolve::kNone ? request.roots[0]
                                        : arena.copy(closure->libraries()[first].host_path)};
}

}  // namespace bulkhead::capsule
