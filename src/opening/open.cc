#include "opening/open.h"

#include "base/diagnostics.h"
#include "base/text.h"
#include "image/manifest.h"
#include "isolation/isolate.h"
#include "isolation/own_heap.h"
#include "opening/endings.h"
#include "opening/listing.h"
#include "opening/prepare.h"
#include "opening/program_names.h"
#include "opening/share.h"
#include "opening/stand_ins.h"
#include "opening/static_tls.h"
#include "opening/supplement.h"
#include "plan/policy.h"
#include "process/libdl.h"
#include "process/loader.h"
#include "process/modules.h"

namespace bulkhead::opening {

using capsule::Capsule;
using capsule::Mirrored;

namespace {

// What a manifest lists: a file of the tree, or a mirror of that name.
struct Entry {
  std::uint32_t library = resolve::kNone;
  std::string_view shared;
};

constexpr std::string_view kLibc = "libc.so.6";

// The libc that an isolated capsule begins with. ld.so takes it for whatever is needed by that
// name, so nobody has to look for the file.
bool is_own_libc(const Capsule& capsule, std::string_view name) {
  return capsule.request().isolated && capsule.space().is_open() && name == kLibc;
}

// Whether the name means something without a search in the tree.
bool is_settled(const Capsule& capsule, std::string_view name) {
  return shares(capsule, name) || is_own_libc(capsule, name);
}

// Breadth first, as ld.so walks; every mirror at the place where its name is met, since
// the order is also that of symbol lookup inside.
List<Entry> order(Arena& arena, const Capsule& capsule, process::BaseView& base,
                  const resolve::Closure& closure, std::span<const std::string_view> roots) {
  List<Entry> entries(arena);
  std::span<bool> listed = arena.array<bool>(closure.libraries().size());
  auto add_shared = [&](std::string_view name) {
    if (!is_settled(capsule, name)) return;
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
  // The program's unwinder, if it has one: a libc of the capsule's own would open one by name.
  // (It unwinds for nobody but backtrace(): threads are cancelled by the program's.)
  if (capsule.request().isolated && !capsule.space().is_open() && base.find(kLibgcc) != nullptr) {
    add_shared(kLibgcc);
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
  std::string_view advice =
      capsule.request().of_interface
          ? "add it to the tree, or share the program's own (bh_capsule_options.share)"
          : "add it to the tree, or share the program's own with --share";
  if (capsule.request().isolated && has_own(capsule, missing.name)) {
    advice =
        "add it to the tree, in the program's build, or leave out the isolation: then the "
        "program's glibc is shared";
  }
  return fail(Fault::missing, join(arena, {"is not in the tree ", capsule.request().tree}),
              arena.copy(missing.name), because, advice);
}

// What an opening consists of, besides the closure.
struct Draft {
  Draft(Arena& arena, process::BaseView& base_view)
      : entries(arena),
        known(arena),
        mirrors(arena),
        libgcc(arena),
        base(base_view),
        first(arena),
        last(arena),
        thread_locals(arena) {}

  List<Entry> entries;
  List<Mirrored> known;  // those that the capsule has, and those to be made
  List<MirrorImage> mirrors;
  Supplement supplement;
  TreesLibgcc libgcc;
  process::BaseView& base;
  ProgramNames first;
  ProgramNames last;
  isolation::ProgramsNames programs_names;
  Pieces heap_names;  // see isolation/own_heap.h
  List<shims::MirroredThreadLocals> thread_locals;
  Preparation preparation;
};

// The names of which the capsule has no mirror yet.
List<std::string_view> wanted_mirrors(Arena& arena, const Capsule& capsule, const Draft& draft) {
  List<std::string_view> wanted(arena);
  for (const Entry& entry : draft.entries) {
    bool have = entry.shared.empty() || is_own_libc(capsule, entry.shared);
    for (const Mirrored& mirror : draft.known) have = have || mirror.name == entry.shared;
    // Not if that opening failed, or is another thread's that has not got so far.
    if (have && !entry.shared.empty()) {
      have = !process::loaded_as(arena, capsule.space().root(), entry.shared).empty();
    }
    if (!have) wanted.push_back(entry.shared);
  }
  return wanted;
}

Status decide(Arena& arena, Capsule& capsule, const OpenRequest& request,
              std::span<const std::string_view> roots, resolve::Searcher& searcher,
              const resolve::Closure& closure, Draft& draft) {
  if (!capsule.space().is_open()) capsule.learn(abilities_of_ld_so(draft.base));
  draft.entries = order(arena, capsule, draft.base, closure, roots);
  draft.known = capsule.contents().mirrored(arena);
  List<std::string_view> wanted = wanted_mirrors(arena, capsule, draft);
  if (plan::contains(wanted.view(), kLibgcc)) draft.libgcc.find(arena, searcher);
  if (Status built =
          build_mirrors(arena, capsule, draft.base, wanted.view(), draft.libgcc, draft.mirrors);
      !built) {
    return built;
  }
  for (const MirrorImage& mirror : draft.mirrors) {
    draft.known.push_back({mirror.name, mirror.versions});
  }
  draft.supplement = supplement_for(arena, searcher, closure, draft.known.view(), draft.libgcc);
  if (draft.supplement.libc) {
    std::span<const std::string_view> apart = standing_apart(arena, draft.known.view());
    for (std::string_view name : apart) draft.entries.push_back({resolve::kNone, name});
    if (Status built =
            build_mirrors(arena, capsule, draft.base, apart, draft.libgcc, draft.mirrors);
        !built) {
      return built;
    }
  }
  Result<isolation::ProgramsNames> names =
      isolation::programs_names(arena, capsule, draft.base, closure);
  if (!names) return std::unexpected(names.error());
  draft.programs_names = *names;
  if (capsule.request().own_heap && !capsule.space().is_open()) {
    draft.heap_names = isolation::build_heap_names(arena, capsule);
  }
  Result<Preparation> preparation = preparation_for(arena, capsule, closure);
  if (!preparation) return std::unexpected(preparation.error());
  draft.preparation = *preparation;
  draft.preparation.base = &draft.base;
  for (const MirrorImage& mirror : draft.mirrors) {
    if (mirror.tls_places.empty()) continue;
    draft.thread_locals.push_back({mirror.name, mirror.library, mirror.tls_places});
  }
  draft.preparation.thread_locals = draft.thread_locals.view();
  if (!request.shims.empty()) {
    find_program_names(arena, capsule, draft.base, closure, request.shims, draft.first, draft.last);
    if (!draft.first.empty() || draft.first.has_copies() || capsule.interposer() != nullptr) {
      draft.preparation.program_names = &draft.first;
      draft.preparation.shims = request.shims;
    }
  }
  return {};
}

// The image with these, or the one made before.
Status list_absolutes(Arena& arena, const Capsule& capsule, std::string_view name,
                      const ProgramNames& front, Listing& listing) {
  if (!front.empty()) {
    return listing.add_image(name, image::build_absolutes(arena, name, front.objects()));
  }
  if (!process::loaded_as(arena, capsule.space().root(), name).empty()) listing.add_name(name);
  return {};
}

// Has a manifest of an isolated capsule list such an image: this one, or that of before.
Status list_programs_names(const Capsule& capsule, std::string_view soname, const Pieces& image,
                           Listing& listing) {
  if (!capsule.request().isolated) return {};
  if (!image.empty()) return listing.add_image(soname, image);
  listing.add_name(soname);
  return {};
}

// What was opened with RTLD_GLOBAL and is loaded, by path. What was closed is forgotten: opened
// again, it is as global as it is opened then. With ld.so's lock.
List<std::string_view> globals_of(Arena& arena, Capsule& capsule) {
  List<std::string_view> all = capsule.contents().globals(arena);
  List<std::string_view> loaded(arena);
  for (std::string_view path : all) {
    if (!process::loaded_as(arena, capsule.space().root(), path).empty()) loaded.push_back(path);
  }
  if (loaded.size() != all.size()) capsule.contents().keep_globals(loaded.view());
  return loaded;
}

bool is_last(const Draft& draft, std::string_view name) {
  for (const MirrorImage& mirror : draft.mirrors) {
    if (mirror.has_constructor && mirror.name == name) return true;
  }
  return false;
}

// The image whose constructor comes first is the last of all: see prepare.h.
Status list_constructor(Arena& arena, const Draft& draft, Listing& listing) {
  for (const MirrorImage& mirror : draft.mirrors) {
    if (mirror.has_constructor) return listing.add_shared(mirror.name, draft.mirrors.view());
  }
  if (!draft.preparation.any()) return {};
  return listing.add_image("bulkhead-constructor", build_first_constructor(arena));
}

Status list_all(Arena& arena, Capsule& capsule, const resolve::Closure& closure, const Draft& draft,
                Listing& listing) {
  if (capsule.request().own_heap) {
    Status added = list_programs_names(capsule, isolation::kHeapNames, draft.heap_names, listing);
    if (!added) return added;
  }
  if (Status added = list_programs_names(capsule, isolation::kProgramsNames,
                                         draft.programs_names.first, listing);
      !added) {
    return added;
  }
  if (Status added = list_absolutes(arena, capsule, ProgramNames::kFirstName, draft.first, listing);
      !added) {
    return added;
  }
  for (const Entry& entry : draft.entries) {
    std::string_view name = entry.library != resolve::kNone
                                ? closure.libraries()[entry.library].known_as()
                                : entry.shared;
    if (name == kLibc) {
      Status next = list_programs_names(capsule, isolation::kProgramsNamesNext,
                                        draft.programs_names.next, listing);
      if (!next) return next;
    }
    if (is_last(draft, name)) continue;
    Status added = entry.library != resolve::kNone
                       ? listing.add_library(closure, closure.libraries()[entry.library])
                       : listing.add_shared(entry.shared, draft.mirrors.view());
    if (!added) return added;
  }
  if (Status added = list_absolutes(arena, capsule, ProgramNames::kLastName, draft.last, listing);
      !added) {
    return added;
  }
  add_files(arena, capsule, draft.supplement, draft.libgcc, listing.needed());
  // Natively the program has it, also for who does not say so. (The others' is in the first scope.)
  if (capsule.request().of_interface && !capsule.request().isolated) listing.add_once(kLibc);
  for (std::string_view path : globals_of(arena, capsule)) listing.add_once(path);
  return list_constructor(arena, draft, listing);
}

Result<resolve::Closure> find_closure(Arena& arena, Capsule& capsule, resolve::Searcher& searcher,
                                      const resolve::Searcher::Scope& scope,
                                      List<std::string_view>& roots) {
  resolve::Boundary boundary{[](void* context, std::string_view name) {
                               return is_settled(*static_cast<Capsule*>(context), name);
                             },
                             &capsule};
  for (;;) {
    Result<resolve::Closure> closure =
        resolve::Closure::find(arena, searcher, {roots.view(), boundary, scope});
    if (!closure) return closure;
    Result<bool> changed = share_unique(arena, capsule, *closure, roots);
    if (!changed) return std::unexpected(changed.error());
    if (*changed) continue;
    if (!isolation::lacks_own_libc(capsule, *closure)) return closure;
    roots.push_back(kLibc);
  }
}

}  // namespace

Result<Opened> open_libraries(Arena& arena, Capsule& capsule, const OpenRequest& request) {
  process::BaseView own_base(arena);
  process::BaseView& base = request.base != nullptr ? *request.base : own_base;
  if (capsule.request().isolated && !capsule.space().is_open()) {
    Status begun = isolation::begin_isolated(arena, capsule, base);
    if (!begun) return std::unexpected(begun.error());
  }
  // Find: everything that is needed and not loaded yet, in the tree.
  Result<resolve::Tree> tree = resolve::Tree::open(arena, capsule.request().tree);
  if (!tree) return std::unexpected(tree.error());
  std::string_view library_path =
      request.library_path.empty() ? library_path_of(arena, capsule) : request.library_path;
  Result<resolve::Searcher> searcher = resolve::Searcher::open(arena, *tree, library_path);
  if (!searcher) return std::unexpected(searcher.error());
  List<std::string_view> roots(arena);
  roots.append(request.roots);
  Result<resolve::Closure> closure = find_closure(arena, capsule, *searcher, request.scope, roots);
  if (!closure) return std::unexpected(closure.error());
  if (!closure->missing().empty()) return missing_library(arena, capsule, *closure);

  // Decide: the order, which mirrors have to be made, and what else it takes.
  Kept<Draft> kept_draft(arena, arena, base);
  Draft& draft = *kept_draft;
  if (Status decided = decide(arena, capsule, request, roots.view(), *searcher, *closure, draft);
      !decided) {
    return std::unexpected(decided.error());
  }

  // Generate: mirrors, then the manifest that lists all.
  Kept<Listing> kept_listing(arena, arena);
  Listing& listing = *kept_listing;
  if (Status listed = list_all(arena, capsule, *closure, draft, listing); !listed) {
    return std::unexpected(listed.error());
  }
  bool is_first = !capsule.space().is_open();
  Result<std::string_view> manifest =
      listing.finish(is_first ? ending_of(arena, capsule) : std::span<const elf::Addr>{});
  if (!manifest) return std::unexpected(manifest.error());
  capsule.contents().add_libraries(arena, *closure);
  for (const MirrorImage& mirror : draft.mirrors) {
    capsule.contents().add_mirror(mirror.name, mirror.versions);
  }

  // Constructors must not find a descriptor of ours among the program's.
  { resolve::Tree closed = static_cast<resolve::Tree&&>(*tree); }

  // Open: ld.so maps, relocates and initialises all of it.
  int mode = (request.bind_now ? RTLD_NOW : RTLD_LAZY) | (request.deep_bind ? RTLD_DEEPBIND : 0);
  if (is_first || request.pin) mode |= RTLD_NODELETE;  // of the manifest itself
  if (is_first) capsule.space().begin_opening(*manifest);
  Result<link_map*> opened = draft.preparation.any()
                                 ? open_prepared(arena, capsule, *manifest, mode, draft.preparation)
                                 : process::open_in(arena, capsule.space().id(), *manifest, mode);
  if (is_first) capsule.space().end_opening();
  if (!opened) return std::unexpected(explain_static_tls(arena, *closure, opened.error()));
  if (is_first) capsule.space().publish(*opened, process::namespace_of(*opened));
  std::uint32_t first = closure->roots()[0].library;
  bool stays = false;
  for (const resolve::Library& library : closure->libraries()) {
    stays = stays || (draft.supplement.any() && (library.dynamic.flags_1 & DF_1_NODELETE) != 0);
  }
  return Opened{*opened, stays,
                first == resolve::kNone ? arena.copy(roots[0])
                                        : arena.copy(closure->libraries()[first].host_path)};
}

}  // namespace bulkhead::opening
