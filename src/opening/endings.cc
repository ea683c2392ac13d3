#include "opening/endings.h"

#include "arch/machine.h"
#include "base/diagnostics.h"
#include "capsule/registered.h"
#include "isolation/isolate.h"
#include "isolation/isolated_libc.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/object_writer.h"
#include "process/questions.h"
#include "shims/shim.h"

namespace bulkhead::opening {

using capsule::Capsule;
using capsule::registered_capsules;

namespace {

using elf::Addr;
using Function = void (*)();

// ld.so calls the entries of DT_FINI_ARRAY from the last to the first and tells them nothing. So
// the array spells a number, in digits of base two that are functions; the first entry, which
// comes last, uses it. Guard: one thread ends a process.
std::size_t g_number = 0;
void zero() { g_number <<= 1U; }
void one() { g_number = g_number << 1U | 1U; }
void nothing() {}

std::span<const Addr> spell(Arena& arena, Function use, std::size_t number) {
  constexpr std::size_t kDigits = 16;
  std::span<Addr> array = arena.array<Addr>(1 + kDigits);
  array[0] = reinterpret_cast<Addr>(use);
  for (std::size_t i = 0; i < kDigits; ++i) {
    array[1 + i] = reinterpret_cast<Addr>((number >> i & 1U) != 0 ? &one : &zero);
  }
  return array;
}

std::size_t take_number() {
  std::size_t number = g_number & 0xffffU;
  g_number = 0;
  return number;
}

// A library's destructors, put aside.
struct Ending {
  const link_map* object;
  const Addr* array;  // null: it has none
  std::size_t count;
  Function function;  // DT_FINI; null: it has none
  bool counted;       // ld.so has come by
};

// Of all capsules; in memory that is never given back.
struct Endings {
  Arena arena;
  List<Ending> aside{arena};
  List<std::size_t> order{arena};  // of `aside`
};

Endings& endings() {
  // Guard: one thread ends a process, and only that one comes here.
  alignas(Endings) static std::byte room[sizeof(Endings)];
  static Endings* made = nullptr;
  if (made == nullptr) made = new (room) Endings;
  return *made;
}

// ld.so has come to the library of that number.
void come_by() {
  std::size_t number = take_number();
  Endings& all = endings();
  if (number >= all.aside.size() || all.aside[number].counted) return;
  all.aside[number].counted = true;
  all.order.push_back(number);
}

// To one that has a DT_FINI and no array to spell a number in: the first of them.
void come_by_another() {
  Endings& all = endings();
  for (std::size_t i = 0; i < all.aside.size(); ++i) {
    Ending& ending = all.aside[i];
    if (ending.array != nullptr || ending.counted) continue;
    ending.counted = true;
    all.order.push_back(i);
    return;
  }
}

struct Entries {
  elf::Dyn* init = nullptr;
  elf::Dyn* init_size = nullptr;
  elf::Dyn* fini = nullptr;
  elf::Dyn* fini_array = nullptr;
  elf::Dyn* fini_size = nullptr;
};

Entries entries_of(const link_map* object) {
  Entries entries;
  for (elf::Dyn* entry = process::dynamic_of(object); entry != nullptr && entry->d_tag != DT_NULL;
       ++entry) {
    if (entry->d_tag == DT_INIT) entries.init = entry;
    if (entry->d_tag == DT_INIT_ARRAYSZ) entries.init_size = entry;
    if (entry->d_tag == DT_FINI) entries.fini = entry;
    if (entry->d_tag == DT_FINI_ARRAY) entries.fini_array = entry;
    if (entry->d_tag == DT_FINI_ARRAYSZ) entries.fini_size = entry;
  }
  return entries;
}

// Most libraries have no destructor but the compiler's own, which undoes what atexit has done by
// then, beside an empty _fini. When that runs makes no difference.
bool is_plain(const elf::Image& image, const Entries& entries) {
  if (entries.fini == nullptr || entries.fini_size == nullptr) return false;
  std::span<const std::byte> code = image.bytes_from(entries.fini->d_un.d_ptr);
  if (code.size() > arch::Native::kEmptyFiniSize) code = code.first(arch::Native::kEmptyFiniSize);
  return entries.fini_size->d_un.d_val == sizeof(Addr) && arch::Native::is_empty_fini(code);
}

void put_aside(const link_map* object) {
  Entries entries = entries_of(object);
  bool array = entries.fini_array != nullptr && entries.fini_size != nullptr;
  if (entries.fini == nullptr && !array) return;
  Result<elf::Image> image = process::image_of(object);
  if (!image || is_plain(*image, entries)) return;
  Endings& all = endings();
  process::ObjectWriter writer(*image);
  auto write = [&](elf::Dyn* entry, Addr value) {
    return entry == nullptr || writer.write(&entry->d_un.d_ptr, value);
  };
  auto relative = [&](const void* place) {
    return reinterpret_cast<Addr>(place) -
           process::bias_of(object);  // modulo 2^64, as ld.so adds them
  };
  Ending ending = {.object = object};
  if (array) {
    ending.array =
        reinterpret_cast<const Addr*>(process::bias_of(object) + entries.fini_array->d_un.d_ptr);
    ending.count = entries.fini_size->d_un.d_val / sizeof(Addr);
  }
  if (entries.fini != nullptr) {
    ending.function =
        reinterpret_cast<Function>(process::bias_of(object) + entries.fini->d_un.d_ptr);
  }
  if (array) {
    std::span<const Addr> number = spell(all.arena, &come_by, all.aside.size());
    if (!write(entries.fini_array, relative(number.data()))) return;
    write(entries.fini_size, number.size_bytes());
  }
  Function instead = array ? &nothing : &come_by_another;
  if (!write(entries.fini, relative(reinterpret_cast<const void*>(instead)))) return;
  all.aside.push_back(ending);
  // ld.so takes a library that had its turn for one that is not initialised, and would do so
  // again if something that needs it were opened now.
  write(entries.init, relative(reinterpret_cast<const void*>(&nothing)));
  write(entries.init_size, 0);
}

// The turn of a capsule's first manifest. ld.so keeps all objects of the namespace loaded while
// it works on it.
void put_all_aside() {
  std::size_t number = take_number();
  if (number >= registered_capsules().size()) return;
  Capsule& capsule = *registered_capsules()[number];
  if (!capsule.space().is_open() || capsule.ending().has_begun()) return;
  isolation::end_streams(capsule);  // from now on destructors inside write at once
  std::size_t shims = 0;
  bool all_end = true;
  shims::for_each_shim([&](const handoff::ShimHeader& shim) {
    if (shims::request_of(shim) != capsule.request_bytes() || !shims::is_initialised(shim)) return;
    all_end = all_end && shim.minor >= handoff::kMinorWithEnd;  // else one has no DT_FINI
    ++shims;
  });
  if (!all_end) return;
  if (shims == 0 && !capsule.request().of_interface) return;
  capsule.ending().begin(shims);
  for (const link_map* object = process::next_of(capsule.space().root()); object != nullptr;
       object = process::next_of(object)) {
    if (!process::is_image_path(process::name_of(object))) put_aside(object);
  }
}

bool is_loaded(const Capsule& capsule, const link_map* object) {
  const link_map* each = capsule.space().root();
  while (each != nullptr && each != object) each = process::next_of(each);
  return each != nullptr;
}

void run(const Ending& ending) {
  for (std::size_t i = ending.count; i-- > 0;) {
    reinterpret_cast<Function>(__atomic_load_n(ending.array + i, __ATOMIC_RELAXED))();
  }
  if (ending.function != nullptr) ending.function();
}

void end(const Capsule& capsule) {
  Endings& all = endings();
  for (std::size_t i = 0; i < all.order.size(); ++i) {
    const Ending& ending = all.aside[all.order[i]];
    if (is_loaded(capsule, ending.object)) run(ending);
  }
}

}  // namespace

std::span<const Addr> ending_of(Arena& arena, const Capsule& capsule) {
  return spell(arena, &put_all_aside, capsule.number());
}

void end_shim(const handoff::ShimHeader& shim) {
  for (Capsule* capsule : registered_capsules()) {
    if (!capsule->ending().has_begun() || capsule->request_bytes() != shims::request_of(shim))
      continue;
    if (capsule->ending().end_shim() && !capsule->request().of_interface) end(*capsule);
  }
}

void end_all() {
  for (Capsule* capsule : registered_capsules()) {
    if (capsule->ending().has_begun() && capsule->request().of_interface) end(*capsule);
  }
}

}  // namespace bulkhead::opening
