#include "shims/interposer.h"

#include "arch/machine.h"
#include "base/diagnostics.h"
#include "base/text.h"
#include "elf/hash.h"
#include "process/addresses.h"
#include "process/modules.h"
#include "process/questions.h"
#include "shims/early_heap.h"
#include "shims/shim.h"

namespace bulkhead::shims {

using capsule::Capsule;

namespace {

using elf::Addr;
using handoff::AllocationFunction;
using handoff::ShimHeader;

std::span<const AllocationFunction> allocation_of(const ShimHeader& shim) {
  return {LoadedShim(shim).at<const AllocationFunction>(shim.allocation), shim.allocation_count};
}

const AllocationFunction* allocation_at(const ShimHeader& shim, std::size_t index) {
  for (const AllocationFunction& each : allocation_of(shim)) {
    if (each.symbol == index) return &each;
  }
  return nullptr;
}

// Whose memory is none of the early heap's while the tool is not there. With several tools that may
// be the next one's, which asks here in its turn if it is not there either.
void prepare_early_heap(const ShimHeader& shim) {
  if (next_allocator_is_of(&shim)) return;
  auto find = [&](const char* name) { return const_cast<void*>(next_after(shim, name, {})); };
  NextAllocator next;
  next.of = &shim;
  next.realloc = reinterpret_cast<void* (*)(void*, std::size_t)>(find("realloc"));
  next.free = reinterpret_cast<void (*)(void*)>(find("free"));
  next.usable_size = reinterpret_cast<std::size_t (*)(void*)>(find("malloc_usable_size"));
  set_next_allocator(next);
}

// Visits each guard: the symbol, and the guard's number.
template <class Visit>
void for_each_guard(const ShimHeader& shim, Visit visit) {
  std::size_t number = 0;
  for (const AllocationFunction& each : allocation_of(shim)) {
    if (handoff::has_guard(each.kind)) visit(each, number++);
  }
}

Addr guard_at(const ShimHeader& shim, std::size_t number) {
  return reinterpret_cast<Addr>(LoadedShim(shim).at<char>(shim.guards)) +
         number * arch::Native::kGuardSize;
}

}  // namespace

bool is_interposer(const ShimHeader& shim) {
  return shim.minor >= handoff::kMinorWithInterposer && shim.next != 0;
}

const void* next_after(const ShimHeader& interposer, std::string_view name,
                       std::string_view version) {
  auto next = reinterpret_cast<std::uintptr_t>(RTLD_NEXT);
  auto text = reinterpret_cast<std::uintptr_t>(name.data());
  if (version.empty()) {
    return call_from(interposer, reinterpret_cast<const void*>(process::loader_functions().dlsym),
                     next, text, 0);
  }
  return call_from(interposer, reinterpret_cast<const void*>(process::loader_functions().dlvsym),
                   next, text, reinterpret_cast<std::uintptr_t>(version.data()));
}

bool interposes(const ShimHeader& interposer, std::string_view name) {
  Arena arena;
  Result<elf::Object> shim = LoadedShim(interposer).read(arena);
  return shim && shim->symbols.for_each_named(name, [](elf::SymbolIndex) { return true; });
}

namespace {

// In place of a definition, while ld.so is asked for it.
constexpr std::uintptr_t kBeingAsked = 1;

// What next_after gives, by the tables alone. ld.so may ask for memory while it is asked (dlsym
// does before glibc 2.34), and the program's malloc may call the very function that is looked for.
Addr next_by_tables(Arena& arena, const ShimHeader& interposer, std::string_view name,
                    std::string_view version) {
  bool behind = false;
  Addr found = 0;
  process::for_each_base_object([&](const process::BaseObject& object) {
    if (!behind) {
      behind = object.bias == LoadedShim(interposer).image();
      return false;
    }
    Result<elf::Image> image = elf::Image::of_memory(object.bias, object.headers);
    if (!image) return false;
    Result<elf::Object> library = elf::Object::read(arena, *image);
    if (!library) return false;
    std::optional<elf::SymbolIndex> index = library->find(name, version);
    if (index) found = process::address_in(*library, library->symbols[*index]);
    return found != 0;
  });
  return found;
}

}  // namespace

std::uintptr_t function_before(const ShimHeader& interposer, std::size_t index) {
  if (const AllocationFunction* known = allocation_at(interposer, index)) {
    // While ld.so is asked, it may ask for memory itself.
    if (handoff::has_guard(known->kind)) prepare_early_heap(interposer);
    return reinterpret_cast<std::uintptr_t>(early_function(known->kind));
  }
  if (index >= interposer.symbol_count) return 0;
  std::uintptr_t* word = LoadedShim(interposer).at<std::uintptr_t>(interposer.next_words) + index;
  std::uintptr_t known = __atomic_load_n(word, __ATOMIC_ACQUIRE);
  if (known > kBeingAsked) return known;
  Arena arena;
  Result<elf::Object> shim = LoadedShim(interposer).read(arena);
  if (!shim) return 0;
  const std::optional<elf::SymbolIndex> symbol = shim->symbols.index(index);
  if (!symbol) return 0;
  std::string_view name = shim->symbols.name(*symbol);
  std::string_view version = shim->versions.name(*symbol);
  if (known == kBeingAsked) return next_by_tables(arena, interposer, name, version);
  __atomic_store_n(word, kBeingAsked, __ATOMIC_RELEASE);
  const void* found = next_after(interposer, name, version);
  // The tool may have the name under a version of its own.
  if (found == nullptr) found = next_after(interposer, name, {});
  if (found == nullptr) process::forget_error();
  known = reinterpret_cast<std::uintptr_t>(found);
  __atomic_store_n(word, known, __ATOMIC_RELEASE);
  return known;
}

Addr guarded(const ShimHeader& interposer, std::size_t index, Addr address) {
  if (address == 0 || interposer.allocation_count == 0) return address;
  Addr result = address;
  for_each_guard(interposer, [&](const AllocationFunction& each, std::size_t number) {
    if (each.symbol != index) return;
    EarlyRange range = early_range();
    Addr* words = LoadedShim(interposer).at<Addr>(interposer.guard_words);
    words[0] = range.begin;
    words[1] = range.size;
    words[2 + 2 * number] = address;
    words[3 + 2 * number] = reinterpret_cast<Addr>(late_function(each.kind));
    result = guard_at(interposer, number);
  });
  return result;
}

std::span<const Guard> guards_of(Arena& arena, const ShimHeader& interposer) {
  List<Guard> guards(arena);
  Result<elf::Object> shim = LoadedShim(interposer).read(arena);
  if (!shim) return {};
  for_each_guard(interposer, [&](const AllocationFunction& each, std::size_t number) {
    const std::optional<elf::SymbolIndex> symbol = shim->symbols.index(each.symbol);
    if (symbol) guards.push_back({shim->symbols.name(*symbol), guard_at(interposer, number)});
  });
  return guards.view();
}

namespace {

// Those that may interpose in a library of the base. The capsule's own interposer does not: what it
// replaces, the capsule finds behind it.
std::span<const elf::Object* const> objects_before(Arena& arena, process::BaseView& base,
                                                   std::size_t index, std::size_t interposer) {
  List<const elf::Object*> others(arena);
  for (std::size_t i = 0; i < index; ++i) {
    if (i != interposer) others.push_back(base.objects()[i]);
  }
  return others.view();
}

// Replaces the addresses of symbols that the tool interposes by what stands behind the interposer;
// 0 stays 0.
void lead_to_next(Arena& arena, const ShimHeader& interposer, const elf::Object& library,
                  const image::AbsoluteSymbols& symbols) {
  Result<elf::Object> read_shim = LoadedShim(interposer).read(arena);
  if (!read_shim) return;  // ld.so has read it before
  const elf::Object& shim = *read_shim;
  std::size_t count = 0;
  for (elf::SymbolIndex i :
       shim.symbols.indices(interposer.first_symbol, interposer.symbol_count)) {
    if (!elf::is_exported(shim.symbols[i])) continue;
    std::string_view name = shim.symbols.name(i);
    library.symbols.for_each_named(name, [&](elf::SymbolIndex index) {
      std::string_view version = library.versions.name(index);
      if (symbols[index] == 0 || version == "GLIBC_PRIVATE") return false;
      // dlvsym would pass by what has the name without a version, as preloaded libraries do.
      bool is_default = library.versions.is_default(index);
      const void* next = next_after(interposer, name, is_default ? std::string_view{} : version);
      if (next == nullptr)
        process::forget_error();  // a version that dlvsym does not give: it stays libc's
      symbols.set(index, next != nullptr ? reinterpret_cast<Addr>(next)
                                         : process::address_in(library, library.symbols[index]));
      ++count;
      return false;  // every version of the name
    });
  }
  debug(Topic::bind, {library.dynamic.soname(), ": ", decimal(arena, count),
                      " names lead to what stands behind the interposer"});
}

}  // namespace

Result<image::AbsoluteSymbols> addresses_behind_tool(Arena& arena, const Capsule& capsule,
                                                     process::BaseView& base, std::size_t index,
                                                     std::span<const bool> wanted) {
  const elf::Object& library = *base.objects()[index];
  const ShimHeader* interposer = capsule.interposer();
  if (interposer == nullptr) {
    return process::addresses_of(arena, library, base.objects().first(index), wanted);
  }
  std::span<const elf::Object* const> before =
      objects_before(arena, base, index, place_of(base, *interposer));
  Result<image::AbsoluteSymbols> symbols = process::addresses_of(arena, library, before, wanted);
  if (symbols) lead_to_next(arena, *interposer, library, *symbols);
  return symbols;
}

void leave_out_interposed(Arena& arena, const ShimHeader& interposer, const elf::Object& library,
                          const image::AbsoluteSymbols& symbols) {
  Result<elf::Object> shim = LoadedShim(interposer).read(arena);
  if (!shim) return;
  for (elf::SymbolIndex i :
       shim->symbols.indices(interposer.first_symbol, interposer.symbol_count)) {
    if (!elf::is_exported(shim->symbols[i])) continue;
    std::string_view name = shim->symbols.name(i);
    library.symbols.for_each_named(name, [&](elf::SymbolIndex index) {
      symbols.set(index, 0);
      return false;
    });
  }
}

std::size_t place_of(process::BaseView& base, const ShimHeader& interposer) {
  std::size_t i = 0;
  for (; i < base.objects().size(); ++i) {
    if (base.objects()[i]->image.bias() == LoadedShim(interposer).image()) break;
  }
  return i;
}

bool calls_for_program(const Capsule& capsule, const void* caller, std::string_view function) {
  if (capsule.interposer() == nullptr || !interposes(*capsule.interposer(), function)) return false;
  return capsule.shims().is_target(process::owner_of(caller).object);
}

void* call_for_program(const Capsule& capsule, const void* function, std::uintptr_t first,
                       std::uintptr_t second, std::uintptr_t third) {
  return call_from(*capsule.interposer(), function, first, second, third);
}

}  // namespace bulkhead::shims
