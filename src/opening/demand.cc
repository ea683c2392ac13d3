#include "opening/demand.h"

#include <cstdint>

#include "base/diagnostics.h"
#include "base/text.h"
#include "capsule/registered.h"
#include "capsule/scope.h"
#include "elf/glibc.h"
#include "image/manifest.h"
#include "image/shim.h"
#include "opening/open.h"
#include "opening/openings.h"
#include "opening/prepare.h"
#include "outside/base_hooks.h"
#include "outside/late_exposure.h"
#include "plan/rules_of_thumb.h"
#include "process/later_references.h"
#include "process/loader.h"
#include "process/loader_lock.h"
#include "process/modules.h"
#include "process/questions.h"
#include "sharing/share.h"
#include "sharing/stand_ins.h"
#include "shims/settle.h"
#include "turns/endings.h"

namespace bulkhead::opening {

using capsule::Capsule;
using capsule::no_namespace_left;

namespace {

std::size_t count_objects(const link_map* first) {
  std::size_t count = 0;
  process::while_lists_stay([&] {
    for (; first != nullptr; first = process::next_of(first)) ++count;
  });
  return count;
}

Status open_root(Arena& arena, Capsule& capsule, process::BaseView& base) {
  if (capsule.space().is_open()) return {};
  Result<process::ImageFile> manifest = process::ImageFile::make(
      arena, "bulkhead-manifest",
      image::build_manifest(arena, {{}, {}, {}, turns::ending_of(arena, capsule)}));
  if (!manifest) return std::unexpected(manifest.error());
  Result<link_map*> opened =
      process::open_in(arena, capsule.space().id(), manifest->path(), RTLD_LAZY | RTLD_NODELETE);
  if (!opened) return std::unexpected(opened.error());
  capsule.learn(abilities_of_ld_so(base));
  capsule.space().publish(*opened, process::namespace_of(*opened));
  return {};
}

// The mirror alone, which needs nothing: there is nothing to find or to list.
Status open_mirror_of_libc(Arena& arena, Capsule& capsule, process::BaseView& base) {
  constexpr std::string_view kName = elf::kLibc;
  List<sharing::MirrorImage> mirrors(arena);
  sharing::TreesLibgcc no_libgcc(arena);
  if (Status built = sharing::build_mirrors(arena, capsule, base, {&kName, 1}, no_libgcc, mirrors);
      !built) {
    return built;
  }
  Result<process::ImageFile> file = process::ImageFile::make(arena, kName, mirrors[0].bytes);
  if (!file) return std::unexpected(file.error());
  Result<link_map*> opened =
      process::open_in(arena, capsule.space().id(), file->path(), RTLD_LAZY | RTLD_NODELETE);
  if (!opened) return std::unexpected(opened.error());
  capsule.contents().add_mirror(mirrors[0].name, mirrors[0].versions);
  return {};
}

Status open_libc(Arena& arena, Capsule& capsule, process::BaseView& base) {
  if (capsule.contents().objects_at_first() != 0) return {};
  if (!capsule.is_adopted()) {
    Status opened = capsule.isolation() != nullptr ? open_with_libc(arena, capsule, base)
                                                   : open_mirror_of_libc(arena, capsule, base);
    if (!opened) return opened;
  }
  capsule.contents().begin_with(count_objects(capsule.space().root()));
  return {};
}

// Which libraries the base has, as one number.
std::uint64_t libraries_of_base() {
  std::uint64_t sum = 1;
  process::while_lists_stay([&] {
    for (link_map* each = process::program(); each != nullptr; each = process::next_of(each)) {
      sum = (sum ^ reinterpret_cast<std::uintptr_t>(each) ^ process::bias_of(each)) * 0x100000001b3;
    }
  });
  return sum;
}

// The program's libraries are to know of capsules: those that are there. For the next capsule
// nothing has to be done if they are the same.
void hook_base(Arena& arena, Capsule& capsule, process::BaseView& base) {
  static constinit std::uint64_t hooked = 0;  // Guard: ld.so's lock
  const std::uint64_t libraries = libraries_of_base();
  const bool of_program = !capsule.request().expose.empty() || !capsule.request().plugins.empty();
  const bool lead = of_program && !process::are_later_references_led();
  if (hooked == libraries && !lead) return;
  hooked = libraries;
  std::span<const words::Import> hooks = outside::base_hooks(arena, capsule, &close_for_program);
  base.refresh();
  shims::settle_shims(arena, capsule, base, hooks);
  if (lead) outside::hook_later_libraries(arena, hooks);
  outside::base_is_hooked();
}

// Somebody else may have made namespaces, too.
bool has_namespace_left(Arena& arena) {
  Result<process::ImageFile> image =
      process::ImageFile::make(arena, "bulkhead-manifest", image::build_manifest(arena, {}));
  if (!image) return true;
  Result<link_map*> opened = process::open_in(arena, LM_ID_NEWLM, image->path(), RTLD_LAZY);
  if (opened) process::close(*opened);
  return opened.has_value();
}

// What the demand means in the capsule; a handle if it is there.
void* find_open(Arena& arena, Capsule& capsule, std::string_view file, int mode) {
  std::string_view name = inside_tree(capsule, file);
  std::string_view in_tree = join(arena, {capsule.request().tree, name});
  const std::string_view known[] = {in_tree, name, capsule.contents().path_of(name)};
  std::string_view loaded = process::loaded_as(arena, capsule.space().root(), known);
  // Null if another thread closed it in between: then it is opened anew.
  return loaded.empty() ? nullptr : take_handle(capsule, loaded, mode, nullptr);
}

// The name of the stand-in for a file; empty if there is none. Errors: it is another file than
// the one that the stand-in of its name stands for.
Result<std::string_view> stand_in_at(Arena& arena, const Capsule& capsule, std::string_view path) {
  struct stat status;
  std::string_view host_path = join(
      arena,
      {capsule.request().tree == "/" ? "" : capsule.request().tree, inside_tree(capsule, path)});
  if (status_of(host_path.data(), status) != 0) return std::string_view{};
  return capsule.contents().stand_in_for(identity_of(status));
}

// (Inlined, its 2.5 KiB of stack would lie below all that the others open.)
__attribute__((noinline)) Result<link_map*> open_shared_in_base(Arena& arena,
                                                                const Demand& demand) {
  if (demand.file.find('/') == std::string_view::npos && !process::in_base(arena, demand.file)) {
    // Searched as for the caller, which ld.so would take to be us.
    Result<resolve::Tree> tree = resolve::Tree::open(arena, "/");
    if (!tree) return std::unexpected(tree.error());
    Result<resolve::Searcher> searcher = resolve::Searcher::open(arena, *tree, demand.library_path);
    if (!searcher) return std::unexpected(searcher.error());
    Result<resolve::Found> found = searcher->find(demand.file, demand.scope);
    if (!found) return about(found.error(), demand.file);
    std::string_view path = arena.copy(found->file.host_path);
    // Constructors must not find a descriptor of ours among the program's.
    *found = resolve::Found{};
    { resolve::Tree closed = static_cast<resolve::Tree&&>(*tree); }
    return process::open_in_base(arena, path);
  }
  return process::open_in_base(arena, demand.file);
}

Result<void*> open_shared(Arena& arena, Capsule& capsule, const Demand& demand) {
  Result<link_map*> library = open_shared_in_base(arena, demand);
  if (!library) return std::unexpected(library.error());
  Result<std::string_view> name = sharing::add_stand_in(arena, capsule, *library);
  if (!name) return std::unexpected(name.error());
  if (void* handle = find_open(arena, capsule, *name, demand.mode)) return handle;
  return open_library(arena, capsule, {*name, {}, demand.library_path}, demand.mode);
}

Result<void*> open_own(Arena& arena, Capsule& capsule, const Demand& demand) {
  std::string_view file = demand.file;
  if (file.find('/') != std::string_view::npos) {
    Result<std::string_view> stand_in = stand_in_at(arena, capsule, file);
    if (!stand_in) return std::unexpected(stand_in.error());
    if (!stand_in->empty()) file = *stand_in;
  }
  if (void* handle = find_open(arena, capsule, file, demand.mode)) return handle;
  if ((demand.mode & RTLD_NOLOAD) != 0) {
    if (file.find('/') != std::string_view::npos) {  // ld.so compares files
      std::string_view path = join(arena, {capsule.request().tree, inside_tree(capsule, file)});
      if (void* handle = take_handle(capsule, path, demand.mode, nullptr)) return handle;
    }
    return fail(Fault::missing, "is not open in the namespace", demand.file);
  }
  return open_library(arena, capsule,
                      {inside_tree(capsule, file), demand.scope, demand.library_path}, demand.mode);
}

}  // namespace

Status open_with_libc(Arena& arena, Capsule& capsule, process::BaseView& base) {
  const std::string_view libc[] = {elf::kLibc};
  OpenRequest request;
  request.roots = libc;
  request.pin = true;
  request.base = &base;
  Result<Opened> opened = open_libraries(arena, capsule, request);
  return opened ? Status{} : std::unexpected(opened.error());
}

Status open_empty(Arena& arena, Capsule& capsule) {
  if (capsule.contents().objects_at_first() != 0) return {};
  Status status;
  process::with_loader_lock(arena, [&] {
    // An isolated one begins with its libc and what stands before that for all that comes later.
    process::BaseView base(arena);
    if (capsule.isolation() == nullptr) status = open_root(arena, capsule, base);
    if (status) status = open_libc(arena, capsule, base);
    if (status) hook_base(arena, capsule, base);
  });
  if (!status && !capsule.space().is_open() && process::is_of_ld_so(status.error()) &&
      !has_namespace_left(arena)) {
    return std::unexpected(no_namespace_left());
  }
  return status;
}

Result<void*> open_on_demand(Arena& arena, Capsule& capsule, const Demand& demand) {
  Result<void*> handle = nullptr;
  process::with_loader_lock(arena, [&] {
    handle = demand.shared && (demand.mode & RTLD_NOLOAD) == 0 ? open_shared(arena, capsule, demand)
                                                               : open_own(arena, capsule, demand);
  });
  return handle;
}

bool is_empty(const Capsule& capsule) {
  return !capsule.contents().has_handles() &&
         count_objects(capsule.space().root()) == capsule.contents().objects_at_first();
}

}  // namespace bulkhead::opening
