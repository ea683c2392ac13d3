#include "turns/shared_ends.h"

#include <algorithm>
#include <new>

#include "base/diagnostics.h"
#include "base/list.h"
#include "image/manifest.h"
#include "plan/rules_of_thumb.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/questions.h"
#include "sharing/brought.h"
#include "turns/aside.h"
#include "turns/endings.h"

namespace bulkhead::turns {

using capsule::Capsule;

namespace {

struct Seen {
  const Capsule* capsule;
  const link_map* library;
};

// In memory that is never given back.
struct AllSeen {
  Arena arena;
  List<Seen> list{arena};
};

AllSeen& all_seen() {
  // Guard: ld.so's lock.
  alignas(AllSeen) static std::byte room[sizeof(AllSeen)];
  static AllSeen* made = nullptr;
  if (made == nullptr) made = new (room) AllSeen;
  return *made;
}

bool note(const Capsule& capsule, const link_map* library) {
  List<Seen>& list = all_seen().list;
  auto is = [&](const Seen& each) { return each.capsule == &capsule && each.library == library; };
  if (std::ranges::any_of(list, is)) return false;
  list.push_back({&capsule, library});
  return true;
}

bool ends_with_effect(const elf::Object& library) {
  const link_map* loaded = process::find_in_base(library.image.bias());
  if (loaded == nullptr) return false;
  const Entries entries = destructors_of(dynamic_section(loaded));
  return entries.any() && !are_plain_destructors(library.image, entries);
}

// It, or a library that it needs.
bool any_ends_with_effect(Arena& arena, process::BaseView& base, const elf::Object& library) {
  List<const elf::Object*> all(arena);
  all.push_back(&library);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (ends_with_effect(*all[i])) return true;
    all[i]->dynamic.for_each_needed([&](std::string_view name) {
      if (plan::is_always_shared(name) || plan::is_cxx_runtime(name)) return;
      const elf::Object* needed = base.find_needed(name);
      if (needed != nullptr && std::ranges::find(all, needed) == all.end()) all.push_back(needed);
    });
  }
  return false;
}

}  // namespace

void end_before_shared(Arena& arena, const Capsule& capsule, process::BaseView& base) {
  if (!capsule.request().of_interface) return;
  List<std::string_view> needed(arena);
  for (const capsule::Mirrored& mirror : capsule.contents().mirrored(arena)) {
    std::string_view name = sharing::library_of(mirror.name);
    if (plan::is_always_shared(name) || plan::is_cxx_runtime(name)) continue;
    const elf::Object* library = base.find(name);
    if (library == nullptr || !any_ends_with_effect(arena, base, *library)) continue;
    const link_map* loaded = process::find_in_base(library->image.bias());
    if (loaded == nullptr || !note(capsule, loaded)) continue;
    needed.push_back(arena.copy(process::name_of(loaded)));
  }
  if (needed.empty()) return;
  Result<process::ImageFile> image = process::ImageFile::make(
      arena, "bulkhead-end",
      image::build_manifest(arena, {needed.view(), {}, {}, end_of(arena, capsule)}));
  Status opened;
  if (!image) {
    opened = std::unexpected(image.error());
  } else if (Result<link_map*> there = process::open_in(arena, process::own_space(), image->path(),
                                                        RTLD_LAZY | RTLD_NODELETE);
             !there) {
    opened = std::unexpected(there.error());
  }
  if (opened) return;
  message({needed[0], " will end before the libraries of a capsule that need it: ",
           render(arena, opened.error())});
}

}  // namespace bulkhead::turns
