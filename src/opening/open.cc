#include "opening/open.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "capsule/planned.h"
#include "capsule/searched_tree.h"
#include "elf/glibc.h"
#include "isolation/isolate.h"
#include "late/calls.h"
#include "opening/listing.h"
#include "opening/missing.h"
#include "opening/order.h"
#include "opening/own_definitions.h"
#include "opening/prepare.h"
#include "opening/program_names.h"
#include "opening/static_tls.h"
#include "plan/rules_of_thumb.h"
#include "process/global_scope.h"
#include "process/loader.h"
#include "process/modules.h"
#include "resolve/filters.h"
#include "sharing/brought.h"
#include "sharing/share.h"
#include "sharing/stand_ins.h"
#include "sharing/supplement.h"
#include "sharing/unique.h"
#include "shims/globals.h"
#include "turns/beginnings.h"
#include "turns/endings.h"
#include "turns/shared_ends.h"

namespace bulkhead::opening {

using capsule::Capsule;
using capsule::Mirrored;

namespace {

// One opening, in five steps. Too large for a stack that may have 16 KiB.
class Opening {
 public:
  Opening(Arena& arena, Capsule& capsule, const OpenRequest& request)
      : arena_(arena),
        capsule_(capsule),
        request_(request),
        is_first_(!capsule.space().is_open()),
        own_base_(arena),
        base_(request.base != nullptr ? *request.base : own_base_) {}

  // Everything that is needed and not loaded yet, in the tree.
  Status find();
  // The order, which mirrors have to be made, and what else it takes.
  Status decide();
  // The images, and the manifest that lists all.
  Status generate();
  // ld.so maps, relocates and initialises all of it.
  Status load();
  // From now on the namespace is known.
  Opened publish();

 private:
  Status find_closure();
  SettledNames settled_names() const { return {capsule_, loaded_.view()}; }

  Status make_mirrors();
  List<std::string_view> names_without_mirror();
  void decide_program_names();

  Status list(const isolation::Image& image);
  Status list(std::string_view name, const ProgramNames& names);
  Status list(const Entry& entry);
  void list_globals();
  Status list_constructor();
  // The mirror that is to be listed last; null if there is none.
  const sharing::MirrorImage* last_mirror() const;

  Arena& arena_;
  Capsule& capsule_;
  const OpenRequest& request_;
  bool is_first_;  // it makes the namespace
  process::BaseView own_base_;
  process::BaseView& base_;

  capsule::SearchedTree tree_;
  List<std::string_view> roots_{arena_};
  List<std::string_view> loaded_{arena_};  // names of what the capsule has of its own
  std::optional<resolve::Closure> closure_;

  List<Entry> entries_{arena_};
  List<Mirrored> mirrored_{arena_};  // those that the capsule has, and those to be made
  List<sharing::MirrorImage> mirrors_{arena_};
  sharing::Supplement supplement_;
  sharing::TreesLibgcc libgcc_{arena_};
  isolation::Contributions isolated_;
  ProgramNames first_{arena_};
  ProgramNames last_{arena_};
  List<std::string_view> late_{arena_};
  List<shims::MirroredThreadLocals> thread_locals_{arena_};
  Preparation preparation_;
  Listing listing_{arena_};
  std::string_view manifest_;  // its path, or that of a file that needs none
  link_map* opened_ = nullptr;
};

// --- Find.

Status Opening::find() {
  if (Status begun = isolation::begin(arena_, capsule_, base_); !begun) return begun;
  std::string_view library_path =
      request_.library_path.empty() ? library_path_of(arena_, capsule_) : request_.library_path;
  if (Status opened = tree_.open(arena_, capsule_, library_path); !opened) return opened;
  roots_.append(request_.roots);
  loaded_ = loaded_names(arena_, capsule_);
  if (Status found = find_closure(); !found) return found;
  if (!closure_->missing().empty()) return missing_library(arena_, capsule_, *closure_);
  return {};
}

Status Opening::find_closure() {
  SettledNames settled = settled_names();
  resolve::Boundary boundary{[](void* context, std::string_view name) {
                               return static_cast<const SettledNames*>(context)->has(name);
                             },
                             &settled};
  for (;;) {
    Result<resolve::Closure> found =
        resolve::Closure::find(arena_, tree_.searcher(), {roots_.view(), boundary, request_.scope});
    if (!found) return std::unexpected(found.error());
    Result<bool> shared = sharing::share_unique(arena_, capsule_, *found, roots_);
    if (!shared) return std::unexpected(shared.error());
    if (!*shared) shared = sharing::share_bypassed(arena_, capsule_, base_, *found);
    if (shared && !*shared && tree_.is_strict()) {
      shared = resolve::add_filtered(arena_, tree_.searcher(), *found, boundary, roots_);
    }
    if (!shared) return std::unexpected(shared.error());
    if (*shared) continue;
    if (isolation::lacks_own_libc(capsule_, *found)) {
      roots_.push_back(elf::kLibc);
      continue;
    }
    closure_.emplace(static_cast<resolve::Closure&&>(*found));
    // Asked for by a path: what is shared, or loaded, is known by its name.
    for (std::size_t i = 0; i < roots_.size(); ++i) {
      const resolve::Need& root = closure_->roots()[i];
      if (root.library == resolve::kNone && !root.missing) roots_[i] = root.name;
    }
    return {};
  }
}

// --- Decide.

Status Opening::decide() {
  if (is_first_) capsule_.learn(abilities_of_ld_so(base_));
  entries_ = breadth_first(arena_, settled_names(), base_, *closure_, roots_.view());
  if (!request_.shims.empty()) {
    entries_ = in_order_of_dlopen(arena_, capsule_, base_, *closure_, entries_);
  }
  // One that exposes nothing is of its own.
  if (!capsule_.request().is_apart() && capsule_.isolation() == nullptr && !request_.deep_bind) {
    // With the shims that the program is linked to all is the program's that is there.
    std::size_t scope = is_first_ && !request_.shims.empty()
                            ? base_.objects().size()
                            : process::program_scope_size(arena_, base_);
    entries_ = in_program_order(arena_, base_, scope, *closure_, entries_);
  }
  if (Status made = make_mirrors(); !made) return made;
  Result<isolation::Contributions> isolated =
      isolation::contributions(arena_, capsule_, base_, *closure_);
  if (!isolated) return std::unexpected(isolated.error());
  isolated_ = *isolated;
  Result<Preparation> preparation = preparation_for(arena_, capsule_, *closure_);
  if (!preparation) return std::unexpected(preparation.error());
  preparation_ = *preparation;
  preparation_.base = &base_;
  for (const sharing::MirrorImage& mirror : mirrors_) {
    if (mirror.tls_places.empty()) continue;
    thread_locals_.push_back({mirror.name, mirror.library, mirror.tls_places});
  }
  decide_program_names();
  preparation_.thread_locals = thread_locals_.view();
  if (turns::have_to_wait(capsule_, *closure_, request_.shims)) {
    preparation_.turns = request_.shims;
  }
  preparation_.wakes = turns::any_waits();
  preparation_.opened_for = request_.shims;
  return {};
}

Status Opening::make_mirrors() {
  mirrored_ = capsule_.contents().mirrored(arena_);
  List<std::string_view> wanted = names_without_mirror();
  List<std::string_view> shared(arena_);
  for (const Entry& entry : entries_) {
    if (!entry.shared.empty()) shared.push_back(entry.shared);
  }
  Result<List<std::string_view>> brought =
      sharing::brought_by(arena_, capsule_, base_, *closure_, shared.view());
  if (!brought) return std::unexpected(brought.error());
  for (std::string_view name : *brought) entries_.push_back({resolve::kNone, name});
  if (!brought->empty()) wanted = names_without_mirror();
  if (plan::contains(wanted.view(), elf::kLibgcc)) libgcc_.find(arena_, tree_.searcher());
  const auto relocating = request_.shims.first(request_.may_be_refused ? request_.shims.size() : 0);
  Status built =
      sharing::build_mirrors(arena_, capsule_, base_, wanted.view(), libgcc_, mirrors_, relocating);
  if (!built) return built;
  for (const sharing::MirrorImage& mirror : mirrors_)
    mirrored_.push_back({mirror.name, mirror.versions});
  for (const Entry& entry : entries_) {
    if (entry.shared.empty()) continue;
    Status same = capsule::require_planned(arena_, capsule_, base_, *closure_, entry.shared);
    if (!same) return same;
  }
  supplement_ =
      sharing::supplement_for(arena_, tree_.searcher(), *closure_, mirrored_.view(), libgcc_);
  if (!supplement_.libc) return {};
  std::span<const std::string_view> apart = sharing::standing_apart(arena_, mirrored_.view());
  for (std::string_view name : apart) entries_.push_back({resolve::kNone, name});
  return sharing::build_mirrors(arena_, capsule_, base_, apart, libgcc_, mirrors_, relocating);
}

List<std::string_view> Opening::names_without_mirror() {
  List<std::string_view> wanted(arena_);
  for (const Entry& entry : entries_) {
    if (entry.shared.empty()) continue;
    if (!shares(capsule_, entry.shared) && !sharing::is_brought(entry.shared)) continue;
    auto is_it = [&](const Mirrored& mirror) { return mirror.name == entry.shared; };
    bool have = std::ranges::any_of(mirrored_, is_it);
    // Not if that opening failed, or is another thread's that has not got so far.
    if (have) have = !process::loaded_as(arena_, capsule_.space().root(), entry.shared).empty();
    if (!have) wanted.push_back(entry.shared);
  }
  return wanted;
}

void Opening::decide_program_names() {
  std::span<const std::string_view> expected =
      names_expected_of_program(arena_, capsule_, *closure_);
  if (!request_.shims.empty()) {
    find_program_names(arena_, capsule_, base_, *closure_, request_.shims, expected, first_, last_);
    if (request_.deep_bind) first_ = ProgramNames(arena_);  // what it has itself comes first
    const bool early = first_.has_any() || capsule_.interposer() != nullptr ||
                       shims::have_thread_locals(base_, request_.shims);
    if (early) preparation_.program_names = &first_;
    if (early && !request_.may_be_refused) preparation_.shims = request_.shims;
  } else if (capsule_.isolation() == nullptr && capsule_.interposer() == nullptr) {
    find_program_names_later(arena_, capsule_, base_, *closure_, first_, last_);
  }
  if (capsule_.isolation() == nullptr && capsule_.interposer() == nullptr) {
    late_ = late::late_functions(arena_, *closure_, expected, last_.objects());
    preparation_.late = late_.view();
  }
  first_.add_thread_locals(ProgramNames::kFirstName, thread_locals_);
  last_.add_thread_locals(ProgramNames::kLastName, thread_locals_);
}

// --- Generate.

Status Opening::generate() {
  for (const isolation::Image& image : isolated_.first) {
    if (Status listed = list(image); !listed) return listed;
  }
  if (!request_.deep_bind) {
    if (Status listed = list(ProgramNames::kFirstName, first_); !listed) return listed;
    list_globals();
  } else if (capsule_.isolation() == nullptr) {
    List<image::Absolute> own =
        own_definitions(arena_, capsule_, base_, *closure_, entries_.view());
    own.append(sharing::unique_of_shared(arena_, capsule_, base_, *closure_).view());
    if (Status listed = listing_.add_absolutes("bulkhead-own", own.view()); !listed) return listed;
  }
  for (const Entry& entry : entries_) {
    if (Status listed = list(entry); !listed) return listed;
  }
  if (Status listed = list(ProgramNames::kLastName, last_); !listed) return listed;
  sharing::add_files(arena_, capsule_, supplement_, libgcc_, listing_.needed());
  // Natively the program has it, also for who does not say so. (The others' is in the first scope.)
  if (capsule_.request().of_interface && capsule_.isolation() == nullptr)
    listing_.add_once(elf::kLibc);
  if (request_.deep_bind) list_globals();
  preparation_.copies = listing_.copies();
  if (Status listed = list_constructor(); !listed) return listed;
  const bool plain = !is_first_ && !request_.pin && !request_.deep_bind && request_.shims.empty();
  if (plain) manifest_ = listing_.only_file(*closure_);
  if (!manifest_.empty()) return {};
  Result<std::string_view> manifest = listing_.finish(is_first_ ? turns::ending_of(arena_, capsule_)
                                                                : std::span<const elf::Addr>{});
  if (!manifest) return std::unexpected(manifest.error());
  manifest_ = *manifest;
  return {};
}

Status Opening::list(const isolation::Image& image) {
  if (!image.bytes.empty()) return listing_.add_image(image.soname, image.bytes);
  listing_.add_name(image.soname);
  return {};
}

// The image with these, and the one made before.
Status Opening::list(std::string_view name, const ProgramNames& names) {
  if (names.has_any()) capsule_.contents().add_program_names();
  if (Status added = listing_.add_absolutes(name, names.objects()); !added) return added;
  const bool any = capsule_.contents().has_program_names();
  if (any && !process::loaded_as(arena_, capsule_.space().root(), name).empty()) {
    listing_.add_name(name);
  }
  return {};
}

Status Opening::list(const Entry& entry) {
  bool of_tree = entry.library != resolve::kNone;
  std::string_view name = of_tree ? closure_->libraries()[entry.library].known_as() : entry.shared;
  if (name == elf::kLibc) {
    for (const isolation::Image& image : isolated_.before_libc) {
      if (Status listed = list(image); !listed) return listed;
    }
  }
  if (const auto* last = last_mirror(); last != nullptr && last->name == name) return {};
  return of_tree ? listing_.add_library(*closure_, closure_->libraries()[entry.library],
                                        !request_.shims.empty())
                 : listing_.add_shared(entry.shared, mirrors_.view());
}

// As natively it comes before what is opened now, unless that is to see itself first
// (RTLD_DEEPBIND). What is listed stays as long as what is opened now: natively, if that is bound
// to it.
void Opening::list_globals() {
  for (std::string_view path : shims::loaded_globals(arena_, capsule_)) {
    if (shims::may_serve(arena_, capsule_, path, *closure_)) listing_.add_once(path);
  }
}

const sharing::MirrorImage* Opening::last_mirror() const {
  for (const sharing::MirrorImage& mirror : mirrors_) {
    if (mirror.has_constructor) return &mirror;
  }
  return nullptr;
}

// The image whose constructor comes first is the last of all: see prepare.h.
Status Opening::list_constructor() {
  if (const auto* last = last_mirror()) return listing_.add_shared(last->name, mirrors_.view());
  if (!preparation_.any()) return {};
  return listing_.add_image("bulkhead-constructor",
                            build_first_constructor(arena_, preparation_.first));
}

// --- Load.

Status Opening::load() {
  capsule_.contents().add_libraries(arena_, *closure_, request_.deep_bind);
  for (const sharing::MirrorImage& mirror : mirrors_) {
    capsule_.contents().add_mirror(mirror.name, mirror.versions);
  }
  // Constructors must not find a descriptor of ours among the program's.
  tree_.close_files();
  int mode = (request_.bind_now ? RTLD_NOW : RTLD_LAZY) | (request_.deep_bind ? RTLD_DEEPBIND : 0);
  if (is_first_ || request_.pin) mode |= RTLD_NODELETE;  // of the manifest itself
  if (is_first_) capsule_.space().begin_opening(manifest_);
  Result<link_map*> opened = preparation_.any()
                                 ? open_prepared(arena_, capsule_, manifest_, mode, preparation_)
                                 : process::open_in(arena_, capsule_.space().id(), manifest_, mode);
  if (is_first_) capsule_.space().end_opening();
  if (!opened) return std::unexpected(explain_static_tls(arena_, *closure_, opened.error()));
  opened_ = *opened;
  return {};
}

// --- Publish.

Opened Opening::publish() {
  if (is_first_) capsule_.space().publish(opened_, process::namespace_of(opened_));
  // (Another dlopen would initialise what ld.so is relocating.)
  if (!request_.may_be_refused) turns::end_before_shared(arena_, capsule_, base_);
  std::uint32_t first = closure_->roots()[0].library;
  bool outlives = std::ranges::any_of(closure_->libraries(), [](const resolve::Library& library) {
    return (library.dynamic.flags_1 & DF_1_NODELETE) != 0;
  });
  return Opened{
      opened_, supplement_.any() && outlives,
      arena_.copy(first == resolve::kNone ? roots_[0] : closure_->libraries()[first].host_path)};
}

}  // namespace

Result<Opened> open_libraries(Arena& arena, Capsule& capsule, const OpenRequest& request) {
  Kept<Opening> kept(arena, arena, capsule, request);
  Opening& it = *kept;
  Status done = it.find();
  if (done) done = it.decide();
  if (done) done = it.generate();
  if (done) done = it.load();
  if (!done) return std::unexpected(done.error());
  return it.publish();
}

}  // namespace bulkhead::opening
