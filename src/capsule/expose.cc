#include "capsule/expose.h"

#include <string.h>

#include "arch/machine.h"
#include "base/diagnostics.h"
#include "base/text.h"
#include "capsule/interposer.h"
#include "capsule/thread_locals.h"
#include "process/addresses.h"
#include "process/libdl.h"
#include "process/modules.h"
#include "process/object_writer.h"
#include "process/slots.h"

namespace bulkhead::capsule {
namespace {

using elf::Addr;
using handoff::ShimHeader;

template <class T>
T* at(const ShimHeader& shim, std::int64_t offset) {
  return reinterpret_cast<T*>(const_cast<char*>(reinterpret_cast<const char*>(&shim)) + offset);
}

// Shims are made from the target's own tables, so usually symbol n here is symbol n + k
// there; then no name has to be looked up. The shim's string table starts as a copy of the
// target's, so that equal offsets are equal names.
bool same_order(const elf::Object& shim, const elf::Object& target) {
  const elf::GnuHash* ours = shim.symbols.gnu();
  const elf::GnuHash* theirs = target.symbols.gnu();
  if (ours == nullptr || theirs == nullptr || ours->chains.size() != theirs->chains.size()) {
    return false;
  }
  std::span<const std::byte> names = target.dynamic.strings();
  if (shim.dynamic.strings().size() < names.size() ||
      ::memcmp(shim.dynamic.strings().data(), names.data(), names.size()) != 0) {
    return false;
  }
  for (std::size_t i = 0; i < ours->chains.size(); ++i) {
    std::size_t here = ours->symbol_offset + i;
    std::size_t there = theirs->symbol_offset + i;
    if (shim.symbols[here].st_name != target.symbols[there].st_name ||
        shim.versions.raw(here) != target.versions.raw(there)) {
      return false;
    }
  }
  return true;
}

Result<elf::Object> read_mapped(Arena& arena, Addr bias, Addr elf_header, std::string_view name) {
  auto result = [&]() -> Result<elf::Object> {
    Result<elf::Image> image = elf::Image::of_mapped_object(bias, elf_header);
    if (!image) return std::unexpected(image.error());
    return elf::Object::read(arena, *image);
  }();
  if (!result) result = about(result.error(), name);
  return result;
}

// ShimHeader::state.
enum Word : std::size_t { kComplete, kBound, kInitialised };
constexpr std::uint32_t kIsSettled = 2;

std::uint32_t state_of(const ShimHeader& shim, Word word) {
  return __atomic_load_n(at<std::uint32_t>(shim, shim.state) + word, __ATOMIC_ACQUIRE);
}

void set_state(const ShimHeader& shim, Word word, std::uint32_t value) {
  __atomic_store_n(at<std::uint32_t>(shim, shim.state) + word, value, __ATOMIC_RELEASE);
}

// Turns one shim into a mirror.
Result<Unsettled> turn(Arena& arena, const ShimHeader& header, const link_map* loaded) {
  const char* name = soname_of(header);
  auto image = reinterpret_cast<Addr>(at<char>(header, header.image));
  // Not on the stack, which may be small.
  Kept<Result<elf::Object>> kept_shim(arena, read_mapped(arena, image, image, name));
  Result<elf::Object>& shim = *kept_shim;
  if (!shim) return std::unexpected(shim.error());
  Kept<Result<elf::Object>> kept_target(
      arena, read_mapped(arena, loaded->l_addr, process::start_of(loaded), loaded->l_name));
  Result<elf::Object>& target = *kept_target;
  if (!target) return std::unexpected(target.error());

  Unsettled result{&header, ~Addr{0}, 0};
  bool direct = same_order(*shim, *target);
  result.changed = !direct;
  std::size_t missing = 0;
  {
    auto* symbols = at<elf::Sym>(header, header.symtab);
    process::Writable pages(reinterpret_cast<Addr>(symbols),
                            header.symbol_count * sizeof(elf::Sym));
    if (!pages.ok()) return fail(Fault::system, "its symbol table cannot be made writable", name);
    // Modulo 2^64: the target may have fewer imports than the shim.
    std::size_t shift = 0;
    if (direct) shift = std::size_t{target->symbols.gnu()->symbol_offset} - header.first_symbol;
    for (std::size_t i = header.first_symbol; i < header.symbol_count; ++i) {
      elf::Sym& symbol = symbols[i];
      if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx == SHN_ABS) continue;
      if (elf::symbol_type(symbol) == STT_TLS) continue;
      std::optional<std::size_t> index = i + shift;
      if (!direct) index = target->find(shim->symbols.name(i), shim->versions.name(i));
      Addr address = index ? process::address_in(*target, target->symbols[*index]) : 0;
      if (is_interposer(header)) address = guarded(header, i, address);
      bool is_object = elf::symbol_type(symbol) == STT_OBJECT;
      if (is_object) {
        Addr begin = image + symbol.st_value;
        if (begin < result.data_begin) result.data_begin = begin;
        if (begin + symbol.st_size > result.data_end) result.data_end = begin + symbol.st_size;
      }
      if (address == 0) {
        ++missing;
        continue;  // the shim's own zeroes, or the stub: see function_at
      }
      __atomic_store_n(&symbol.st_value, address - image, __ATOMIC_RELAXED);
    }
  }
  if (Status bound = bind_thread_locals(arena, *shim, *target, loaded); !bound) {
    return std::unexpected(bound.error());
  }
  set_state(header, kComplete, missing == 0 ? 1 : 0);
  set_state(header, kBound, 1);
  debug(Topic::bind,
        {name, " is ", loaded->l_name, direct ? "" : " (its tables changed)",
         missing == 0 ? "" : ", symbols missing: ", missing == 0 ? "" : decimal(arena, missing)});
  return result;
}

const ShimHeader* header_of(const process::BaseObject& object) {
  Result<elf::Image> image = elf::Image::of_memory(object.bias, object.headers);
  if (!image) return nullptr;
  Result<elf::Dynamic> dynamic = elf::Dynamic::read(*image);
  if (!dynamic) return nullptr;
  for (const elf::Dyn& entry : dynamic->entries()) {
    if (static_cast<Addr>(entry.d_tag) != handoff::kDtShimHeader) continue;
    const auto* header = image->object<ShimHeader>(image->to_vaddr(entry.d_un.d_ptr));
    if (header != nullptr && header->magic == handoff::kMagic) return header;
  }
  return nullptr;
}

}  // namespace

bool is_initialised(const ShimHeader& shim) { return state_of(shim, kInitialised) != 0; }
void mark_initialised(const ShimHeader& shim) { set_state(shim, kInitialised, 1); }
bool is_bound(const ShimHeader& shim) { return state_of(shim, kBound) != 0; }
bool is_settled(const ShimHeader& shim) { return state_of(shim, kBound) == kIsSettled; }

std::uintptr_t function_at(const ShimHeader& shim, std::size_t index) {
  auto image = reinterpret_cast<Addr>(at<char>(shim, shim.image));
  Addr address = image + at<elf::Sym>(shim, shim.symtab)[index].st_value;
  auto stubs = reinterpret_cast<Addr>(at<char>(shim, shim.stubs));
  return address - stubs < shim.stub_count * arch::Native::kStubSize ? 0 : address;
}

void stop_for_absent(const ShimHeader& shim, std::size_t index, bool native) {
  Arena arena;
  auto image = reinterpret_cast<Addr>(at<char>(shim, shim.image));
  Result<elf::Object> object = read_mapped(arena, image, image, soname_of(shim));
  std::string_view name = object ? object->symbols.name(index) : "a function";
  fatal(join(arena, {name, " of ", soname_of(shim),
                     native ? " was called, and this system's library, which stands in for the "
                              "tree's, does not have it; the message before says why it does"
                            : " was called, and the tree's library no longer has it; the tree "
                              "changed since the shims were made: make them anew"}));
}

std::span<const ShimHeader* const> find_shims(Arena& arena, std::string_view request_bytes) {
  List<const ShimHeader*> shims(arena);
  for (const ShimHeader* header : find_all_shims(arena)) {
    if (request_of(*header) == request_bytes) shims.push_back(header);
  }
  return shims.view();
}

std::span<const ShimHeader* const> find_all_shims(Arena& arena) {
  List<const ShimHeader*> shims(arena);
  for (const process::BaseObject& object : process::base_objects(arena)) {
    if (const ShimHeader* header = header_of(object)) shims.push_back(header);
  }
  return shims.view();
}

Status bind_shim(Arena& arena, Capsule& capsule, const ShimHeader& shim, const link_map* target) {
  Result<Unsettled> turned = turn(arena, shim, target);
  if (!turned) return std::unexpected(turned.error());
  capsule.changed = capsule.changed || turned->changed;
  turned->fill_copies = capsule.native;  // in a capsule Front has done it
  const link_map* itself = process::owner_of(&shim).object;
  Locked locked(capsule.lock);
  capsule.unsettled.push_back(*turned);
  capsule.bound.push_back({itself, target});
  return {};
}

link_map* target_of(Capsule& capsule, const ShimHeader& shim) {
  std::string_view name = soname_of(shim);
  if (link_map* loaded = process::find_loaded(capsule.root, name)) return loaded;
  // One without a SONAME.
  std::string_view path;
  {
    Locked locked(capsule.lock);
    for (const Loaded& each : capsule.loaded) {
      if (each.owner.name == name) path = each.host_path;
    }
  }
  return path.empty() ? nullptr : process::find_loaded(capsule.root, path);
}

Status bind_shims(Arena& arena, Capsule& capsule, std::span<const ShimHeader* const> shims) {
  for (const ShimHeader* shim : shims) {
    if (is_bound(*shim)) continue;
    const char* name = soname_of(*shim);
    const link_map* loaded = target_of(capsule, *shim);
    if (loaded == nullptr) {
      return fail(Fault::missing, "was opened in the capsule but calls itself otherwise", name);
    }
    if (Status bound = bind_shim(arena, capsule, *shim, loaded); !bound) return bound;
  }
  return {};
}

namespace {

void rewrite(Arena& arena, std::span<const process::Rebinding> rebindings,
             std::span<const process::TlsStandIn> stand_ins, const process::BaseObject& object) {
  process::RebindCount count = process::rebind(object, rebindings);
  if (!stand_ins.empty()) {
    Result<elf::Image> image = elf::Image::of_memory(object.bias, object.headers);
    if (image) count.data += process::rebind_thread_locals(*image, stand_ins);
  }
  if (count.functions + count.data + count.copies == 0) return;
  debug(Topic::bind,
        {object.name.empty() ? "the program" : object.name, ": rewrote ",
         decimal(arena, count.functions), " function slots, ", decimal(arena, count.data),
         " data slots, ", decimal(arena, count.copies), " copies"});
}

List<process::Rebinding> rebindings_of(Arena& arena, std::span<const Unsettled> unsettled) {
  List<process::Rebinding> rebindings(arena);
  for (const Unsettled& each : unsettled) {
    const ShimHeader& header = *each.shim;
    auto image = reinterpret_cast<Addr>(at<char>(header, header.image));
    Result<elf::Object> shim = read_mapped(arena, image, image, soname_of(header));
    if (!shim) continue;  // it was read before
    auto code = reinterpret_cast<Addr>(at<char>(header, header.stubs));
    rebindings.push_back({code, code + header.stub_count * arch::Native::kStubSize, each.data_begin,
                          each.data_end, arena.create<elf::Object>(*shim), each.fill_copies});
  }
  return rebindings;
}

List<process::TlsStandIn> stand_ins_of(Arena& arena,
                                       std::span<const process::Rebinding> rebindings) {
  List<process::TlsStandIn> stand_ins(arena);
  for (const process::Rebinding& each : rebindings) {
    if (auto stand_in = process::read_tls_stand_in(*each.shim)) stand_ins.push_back(*stand_in);
  }
  return stand_ins;
}

}  // namespace

void settle_shims(Arena& arena, Capsule& capsule) {
  if (capsule.unsettled.empty()) return;
  List<process::Rebinding> rebindings = rebindings_of(arena, capsule.unsettled.view());
  List<process::TlsStandIn> stand_ins = stand_ins_of(arena, rebindings.view());
  for (const Unsettled& each : capsule.unsettled) set_state(*each.shim, kBound, kIsSettled);
  capsule.unsettled.truncate(0);
  for (const process::BaseObject& object : process::base_objects(arena)) {
    rewrite(arena, rebindings.view(), stand_ins.view(), object);
  }
}

void settle_shims_in(Arena& arena, const Capsule& capsule, const link_map* first) {
  List<process::Rebinding> rebindings = rebindings_of(arena, capsule.unsettled.view());
  List<process::TlsStandIn> stand_ins = stand_ins_of(arena, rebindings.view());
  for (const process::BaseObject& object : process::base_objects(arena)) {
    const link_map* loaded = first;
    while (loaded != nullptr && loaded->l_addr != object.bias) loaded = loaded->l_next;
    if (loaded != nullptr) rewrite(arena, rebindings.view(), stand_ins.view(), object);
  }
}

}  // namespace bulkhead::capsule
