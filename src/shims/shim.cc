#include "shims/shim.h"

#include "arch/machine.h"
#include "base/diagnostics.h"
#include "base/text.h"
#include "process/questions.h"
#include "resolve/hwcaps.h"

namespace bulkhead::shims {

namespace {

using elf::Addr;
using handoff::ShimHeader;

// ShimHeader::state.
enum Word : std::size_t { kComplete, kBound, kInitialised, kOpened };
constexpr std::uint32_t kIsSettled = 2;
constexpr std::uint32_t kToBeKept = 2;

std::uint32_t state_of(const ShimHeader& shim, Word word) {
  return __atomic_load_n(LoadedShim(shim).at<std::uint32_t>(shim.state) + word, __ATOMIC_ACQUIRE);
}

void set_state(const ShimHeader& shim, Word word, std::uint32_t value) {
  __atomic_store_n(LoadedShim(shim).at<std::uint32_t>(shim.state) + word, value, __ATOMIC_RELEASE);
}

}  // namespace

bool is_initialised(const ShimHeader& shim) { return state_of(shim, kInitialised) != 0; }
void mark_initialised(const ShimHeader& shim) {
  set_state(shim, kInitialised, 1);
  if (shim.minor >= handoff::kMinorWithCall && state_of(shim, kOpened) == kToBeKept) keep(shim);
}
bool is_opened(const ShimHeader& shim) {
  return shim.minor >= handoff::kMinorWithCall && state_of(shim, kOpened) != 0;
}
void keep_once_initialised(const ShimHeader& shim) {
  if (is_initialised(shim)) {
    keep(shim);
  } else if (shim.minor >= handoff::kMinorWithCall) {
    set_state(shim, kOpened, kToBeKept);
  }
}
void mark_opened(const ShimHeader& shim) {
  if (shim.minor >= handoff::kMinorWithCall) set_state(shim, kOpened, 1);
}
bool is_bound(const ShimHeader& shim) { return state_of(shim, kBound) != 0; }
void mark_bound(const ShimHeader& shim, bool complete) {
  set_state(shim, kComplete, complete ? 1 : 0);
  set_state(shim, kBound, 1);
}
bool is_settled(const ShimHeader& shim) { return state_of(shim, kBound) == kIsSettled; }
void mark_settled(const ShimHeader& shim) { set_state(shim, kBound, kIsSettled); }

std::uintptr_t function_at(const ShimHeader& shim, std::size_t index) {
  const LoadedShim loaded(shim);
  Addr address = loaded.image() + loaded.symbols()[index].st_value;
  return address - loaded.stubs() < loaded.stubs_size() ? 0 : address;
}

void stop_for_absent(const ShimHeader& shim, std::size_t index, bool native) {
  Arena arena;
  Result<elf::Object> object = LoadedShim(shim).read(arena);
  std::optional<elf::SymbolIndex> symbol;
  if (object) symbol = object->symbols.index(index);
  std::string_view name = symbol ? object->symbols.name(*symbol) : "a function";
  fatal(join(arena, {name, " of ", soname_of(shim),
                     native ? " was called, and this system's library, which stands in for the "
                              "tree's, does not have it; the message before says why it does"
                            : " was called, and the tree's library no longer has it; the tree "
                              "changed since the shims were made: make them anew"}));
}

const ShimHeader* shim_in(const process::BaseObject& object) {
  for (const elf::Dyn& entry : elf::entries_in_memory(object.bias, object.headers)) {
    if (static_cast<Addr>(entry.d_tag) != handoff::kDtShimHeader) continue;
    Result<elf::Image> image = elf::Image::of_memory(object.bias, object.headers);
    if (!image) return nullptr;
    const auto* header = image->object<ShimHeader>(image->to_vaddr(entry.d_un.d_ptr));
    if (header != nullptr && header->magic == handoff::kMagic) return header;
  }
  return nullptr;
}

void* call_from(const ShimHeader& shim, const void* function, std::uintptr_t first,
                std::uintptr_t second, std::uintptr_t third) {
  std::int64_t code = shim.minor >= handoff::kMinorWithCall         ? shim.call
                      : shim.minor >= handoff::kMinorWithInterposer ? shim.next
                                                                    : 0;
  if (code == 0) return nullptr;
  using Call = void* (*)(std::uintptr_t, std::uintptr_t, std::uintptr_t, const void*);
  return reinterpret_cast<Call>(LoadedShim(shim).at<char>(code))(first, second, third, function);
}

void keep(const ShimHeader& shim) {
  const link_map* loaded = loaded_shim(shim);
  if (loaded == nullptr) return;
  void* handle =
      process::loaded_handle(LM_ID_BASE, process::name_of(loaded), RTLD_LAZY | RTLD_NODELETE);
  if (handle != nullptr) process::close_handle(handle);
}

bool is_relocated(const ShimHeader& shim) {
  if (shim.minor < handoff::kMinorWithCall)
    return true;  // the caller is called by DT_INIT or later
  return __atomic_load_n(LoadedShim(shim).at<Addr>(shim.imports), __ATOMIC_RELAXED) != 0;
}

bool is_bound_at_once(const ShimHeader& shim) {
  if (shim.minor < handoff::kMinorWithCall) return false;
  const LoadedShim loaded(shim);
  Addr slot = __atomic_load_n(loaded.at<Addr>(shim.lazy_slot), __ATOMIC_RELAXED);
  // Before ld.so has added the load bias it has not come to the slot, which it does last if lazily.
  // A dlopen within may have added it already.
  const Addr unbound = reinterpret_cast<Addr>(loaded.at<char>(shim.call));
  return slot != unbound && slot != unbound - loaded.image() && slot != unbound + loaded.image();
}

std::span<const ShimHeader* const> find_shims(Arena& arena, std::string_view request_bytes) {
  List<const ShimHeader*> shims(arena);
  for_each_shim([&](const ShimHeader& header) {
    if (request_of(header) == request_bytes) shims.push_back(&header);
  });
  return shims.view();
}

std::span<const ShimHeader* const> find_all_shims(Arena& arena) {
  List<const ShimHeader*> shims(arena);
  for_each_shim([&](const ShimHeader& header) { shims.push_back(&header); });
  return shims.view();
}

Result<elf::Object> LoadedShim::read(Arena& arena) const {
  Result<elf::Image> loaded = elf::Image::of_mapped_object(image());
  if (!loaded) return std::unexpected(loaded.error());
  return elf::Object::read(arena, *loaded);
}

link_map* loaded_shim(const ShimHeader& shim) {
  return process::find_in_base(LoadedShim(shim).image());
}

std::string_view searched_directory(const link_map* loaded_shim) {
  std::string_view directory = directory_of(process::name_of(loaded_shim));
  std::string_view above = directory_of(directory);
  if (!above.ends_with(resolve::kHwcapsDirectory)) return directory;
  return take(above, above.size() - resolve::kHwcapsDirectory.size());
}

}  // namespace bulkhead::shims
