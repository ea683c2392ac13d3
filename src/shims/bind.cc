#include "shims/bind.h"

#include <string.h>

#include "base/diagnostics.h"
#include "base/text.h"
#include "process/addresses.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/object_writer.h"
#include "process/questions.h"
#include "shims/interposer.h"
#include "shims/shim.h"
#include "shims/thread_locals.h"

namespace bulkhead::shims {

using capsule::Capsule;
using capsule::Unsettled;

namespace {

using elf::Addr;
using handoff::ShimHeader;

// Shims are made from the target's own tables, so usually symbol n here is symbol n + k
// there; then no name has to be looked up. The shim's string table starts as a copy of the
// target's, so that equal offsets are equal names.
bool same_order(const elf::Object& shim, const elf::Object& target) {
  const elf::GnuHash* ours = shim.symbols.gnu();
  const elf::GnuHash* theirs = target.symbols.gnu();
  if (ours == nullptr || theirs == nullptr || ours->chains.size() != theirs->chains.size()) {
    return false;
  }
  std::span<const std::byte> own_names = shim.dynamic.strings().bytes();
  std::span<const std::byte> names = target.dynamic.strings().bytes();
  if (own_names.size() < names.size() ||
      ::memcmp(own_names.data(), names.data(), names.size()) != 0) {
    return false;
  }
  std::size_t count = ours->chains.size();
  if (shim.versions.any() != target.versions.any()) return false;
  if (shim.versions.any()) {
    const elf::Versym* here = shim.versions.symbols().data() + ours->symbol_offset;
    const elf::Versym* there = target.versions.symbols().data() + theirs->symbol_offset;
    if (::memcmp(here, there, count * sizeof *here) != 0) return false;
  }
  const elf::Sym* here = shim.symbols.symbols().data() + ours->symbol_offset;
  const elf::Sym* there = target.symbols.symbols().data() + theirs->symbol_offset;
  for (std::size_t i = 0; i < count; ++i) {
    if (here[i].st_name != there[i].st_name) return false;
  }
  return true;
}

Result<elf::Object> read_loaded(Arena& arena, const link_map* loaded) {
  Result<elf::Image> image = process::image_of(loaded);
  if (!image) return about(image.error(), process::name_of(loaded));
  Result<elf::Object> object = elf::Object::read(arena, *image);
  if (!object) object = about(object.error(), process::name_of(loaded));
  return object;
}

// What a shim's symbols become.
struct Symbols {
  const ShimHeader& header;
  const elf::Object& shim;
  const elf::Object& target;
};

// Writes them, and returns how many the target lacks; notes in `unsettled` where the shim's data
// is.
std::size_t write_symbols(const Symbols& of, bool direct, Unsettled& unsettled) {
  elf::Sym* symbols = LoadedShim(of.header).symbols();
  Addr image = LoadedShim(of.header).image();
  bool guards = is_interposer(of.header);
  std::size_t missing = 0;
  // Modulo 2^64: the target may have fewer imports than the shim.
  std::size_t shift = 0;
  if (direct) shift = std::size_t{of.target.symbols.gnu()->symbol_offset} - of.header.first_symbol;
  for (elf::SymbolIndex i :
       of.shim.symbols.indices(of.header.first_symbol, of.header.symbol_count)) {
    elf::Sym& symbol = symbols[i];
    if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx == SHN_ABS) continue;
    unsigned type = elf::symbol_type(symbol);
    if (type == STT_TLS) continue;
    const std::optional<elf::SymbolIndex> index =
        direct ? of.target.symbols.index(i + shift)
               : of.target.find(of.shim.symbols.name(i), of.shim.versions.name(i));
    Addr address = index ? process::address_in(of.target, of.target.symbols[*index]) : 0;
    if (guards) address = guarded(of.header, i, address);
    if (type == STT_OBJECT) {
      Addr begin = image + symbol.st_value;
      if (begin < unsettled.data_begin) unsettled.data_begin = begin;
      Addr end = begin + (symbol.st_size != 0 ? symbol.st_size : 1);  // tables of assembly have 0
      if (end > unsettled.data_end) unsettled.data_end = end;
    }
    if (address == 0) {
      ++missing;
      continue;  // the shim's own zeroes, or the stub: see function_at
    }
    __atomic_store_n(&symbol.st_value, address - image, __ATOMIC_RELAXED);
  }
  return missing;
}

// Turns one shim into a mirror.
Result<Unsettled> write_shim(Arena& arena, const ShimHeader& header, const elf::Object& shim,
                             const link_map* loaded) {
  const char* name = soname_of(header);
  // Not on the stack, which may be small.
  Kept<Result<elf::Object>> kept_target(arena, read_loaded(arena, loaded));
  Result<elf::Object>& target = *kept_target;
  if (!target) return std::unexpected(target.error());

  Unsettled result{&header, ~Addr{0}, 0};
  bool direct = false;
  std::size_t missing = 0;
  {
    process::Writable pages(reinterpret_cast<Addr>(LoadedShim(header).symbols()),
                            header.symbol_count * sizeof(elf::Sym));
    if (!pages.ok()) return fail(Fault::system, "its symbol table cannot be made writable", name);
    pages.prepare();  // before they are read: then they would be mapped twice
    direct = same_order(shim, *target);
    missing = write_symbols({header, shim, *target}, direct, result);
  }
  if (Status bound = bind_thread_locals(arena, shim, *target, loaded); !bound) {
    return std::unexpected(bound.error());
  }
  mark_bound(header, missing == 0);
  debug(Topic::bind,
        {name, " is ", process::name_of(loaded), direct ? "" : " (its tables changed)",
         missing == 0 ? "" : ", symbols missing: ", missing == 0 ? "" : decimal(arena, missing)});
  return result;
}

}  // namespace

Status bind_shim(Arena& arena, Capsule& capsule, const ShimHeader& shim, const link_map* target,
                 process::BaseView& base) {
  const elf::Object* tables = base.with_bias(LoadedShim(shim).image());
  if (tables == nullptr) return fail(Fault::malformed, "its tables make no sense", soname_of(shim));
  Result<Unsettled> written = write_shim(arena, shim, *tables, target);
  if (!written) return std::unexpected(written.error());
  written->fill_copies = capsule.is_native();  // in a capsule ProgramNames has done it
  capsule.shims().add(*written, loaded_shim(shim), target);
  return {};
}

link_map* target_of(Capsule& capsule, const ShimHeader& shim) {
  std::string_view name = soname_of(shim);
  link_map* loaded = process::find_loaded(capsule.space().root(), name);
  if (loaded != nullptr && !process::is_image_path(process::name_of(loaded))) return loaded;
  // One without a SONAME. (An image may stand for its name, so that others find it.)
  std::string_view path = capsule.contents().path_of(name);
  return path.empty() ? nullptr : process::find_loaded(capsule.space().root(), path);
}

Status bind_shims(Arena& arena, Capsule& capsule, std::span<const ShimHeader* const> shims,
                  process::BaseView& base) {
  for (const ShimHeader* shim : shims) {
    if (is_bound(*shim)) continue;
    const char* name = soname_of(*shim);
    const link_map* loaded = target_of(capsule, *shim);
    if (loaded == nullptr) {
      return fail(Fault::missing, "was opened in the capsule but calls itself otherwise", name);
    }
    if (Status bound = bind_shim(arena, capsule, *shim, loaded, base); !bound) return bound;
  }
  return {};
}

}  // namespace bulkhead::shims
