#include "opening/program_names.h"

#include <string.h>

#include "arch/machine.h"
#include "base/diagnostics.h"
#include "base/text.h"
#include "capsule/native_file.h"
#include "elf/glibc.h"
#include "elf/hash.h"
#include "elf/relocs.h"
#include "plan/rules_of_thumb.h"
#include "process/addresses.h"
#include "process/global_scope.h"
#include "process/modules.h"
#include "process/object_writer.h"
#include "shims/bind.h"
#include "shims/interposer.h"
#include "shims/shim.h"

namespace bulkhead::opening {

using capsule::Capsule;

namespace {

using elf::Addr;
using handoff::ShimHeader;

// What the C++ standard lets a program replace, as the Itanium ABI mangles it; aligned and nothrow
// forms among it.
constexpr std::string_view kAllocation[] = {
    "_Znw" BULKHEAD_MANGLED_SIZE,
    "_Zna" BULKHEAD_MANGLED_SIZE,
    "_Znw" BULKHEAD_MANGLED_SIZE "RKSt9nothrow_t",
    "_Zna" BULKHEAD_MANGLED_SIZE "RKSt9nothrow_t",
    "_Znw" BULKHEAD_MANGLED_SIZE "St11align_val_t",
    "_Zna" BULKHEAD_MANGLED_SIZE "St11align_val_t",
    "_Znw" BULKHEAD_MANGLED_SIZE "St11align_val_tRKSt9nothrow_t",
    "_Zna" BULKHEAD_MANGLED_SIZE "St11align_val_tRKSt9nothrow_t",
    "_ZdlPv",
    "_ZdaPv",
    "_ZdlPv" BULKHEAD_MANGLED_SIZE,
    "_ZdaPv" BULKHEAD_MANGLED_SIZE,
    "_ZdlPvRKSt9nothrow_t",
    "_ZdaPvRKSt9nothrow_t",
    "_ZdlPvSt11align_val_t",
    "_ZdaPvSt11align_val_t",
    "_ZdlPv" BULKHEAD_MANGLED_SIZE "St11align_val_t",
    "_ZdaPv" BULKHEAD_MANGLED_SIZE "St11align_val_t",
    "_ZdlPvSt11align_val_tRKSt9nothrow_t",
    "_ZdaPvSt11align_val_tRKSt9nothrow_t",
};
constexpr std::string_view kLibstdcxx = "libstdc++.so.6";

// The program defines it, or says that its own PLT entry is the function's address.
bool is_programs(const elf::Sym& symbol) {
  unsigned type = elf::symbol_type(symbol);
  if (type != STT_FUNC && type != STT_OBJECT && type != STT_NOTYPE && type != STT_GNU_IFUNC) {
    return false;
  }
  return elf::is_exported(symbol) || elf::is_plt_address(symbol);
}

}  // namespace

namespace {

// A program that was linked with an older version of a symbol means that one alone; the image has
// no versions, and the library's own references are to the default.
bool means_default(const elf::Object& program, std::size_t index, const elf::Object& library,
                   std::string_view name) {
  std::string_view version = program.versions.name(index);
  if (version.empty() || !library.versions.any()) return true;
  bool found = false;
  library.symbols.for_each_named(name, [&](std::size_t each) {
    found = found || (library.versions.is_default(each) && library.versions.name(each) == version);
    return found;
  });
  return found;
}

}  // namespace

void ProgramNames::add_program(Arena& arena, process::BaseView& base, process::GlobalScope& scope,
                               std::span<const elf::Object* const> before,
                               std::span<const ShimHeader* const> shims,
                               std::span<const elf::Object* const> others) {
  List<Exposed> exposed(arena);
  for (const ShimHeader* shim : shims) {
    std::size_t place = shims::is_interposer(*shim) ? shims::place_of(base, *shim)
                                                    : base.index_of(shims::soname_of(*shim));
    if (place < base.objects().size()) exposed.push_back({shim, base.objects()[place]});
  }
  for (const elf::Object* tables : others) exposed.push_back({nullptr, tables});
  auto exported_by = [&](std::string_view name) -> const Exposed* {
    const elf::SymbolName wanted = name;
    for (const Exposed& each : exposed) {
      if (each.tables->symbols.for_each_named(wanted, [](std::size_t) { return true; })) {
        return &each;
      }
    }
    return nullptr;
  };
  for (const elf::Object* object : before) {
    for (std::size_t i = 1; i < object->symbols.size(); ++i) {
      const elf::Sym& symbol = object->symbols[i];
      if (!is_programs(symbol)) continue;
      std::string_view name = object->symbols.name(i);
      if (elf::is_linker_mark(name)) continue;
      const Exposed* library = exported_by(name);
      if (library == nullptr || !means_default(*object, i, *library->tables, name)) continue;
      Addr address = symbol.st_shndx == SHN_UNDEF ? object->image.bias() + symbol.st_value
                                                  : process::address_in(*object, symbol);
      if (address == 0 || has(name)) continue;
      objects_.push_back({name, address, symbol.st_size});
      debug(Topic::bind, {name, " inside is the program's"});
    }
  }
  add_copies(scope, exposed.view());
}

// A copy is made from the first library behind the program that has the name, when the program
// starts. So another one's is none of the shim's, and one that is opened later has made none: by
// now the program may have written to its variable.
void ProgramNames::add_copies(process::GlobalScope& scope, std::span<const Exposed> exposed) {
  if (exposed.empty() || scope.objects().empty()) return;
  const elf::Object& program = *scope.objects()[0];
  auto visit = [&](const elf::Relocation& relocation) {
    if (relocation.type != arch::Native::kCopy || relocation.symbol >= program.symbols.size()) {
      return;
    }
    std::string_view name = program.symbols.name(relocation.symbol);
    std::string_view version = program.versions.name(relocation.symbol);
    const elf::Object* source = scope.find_behind_program(name, version).object;
    for (const Exposed& each : exposed) {
      if (each.shim == nullptr || each.tables != source) continue;
      copies_.push_back({&program, each.shim, name, version,
                         program.image.bias() + relocation.offset,
                         program.symbols[relocation.symbol].st_size});
    }
  };
  // Relocations were valid for ld.so.
  (void)elf::for_each_symbolic_relocation(program.image, program.dynamic, visit);
}

bool ProgramNames::has(std::string_view name) const {
  for (const image::Absolute& object : objects_) {
    if (object.name == name) return true;
  }
  return false;
}

void ProgramNames::add_allocation(process::GlobalScope& scope, const elf::Object* interposer) {
  for (std::string_view name : kAllocation) {
    const elf::SymbolName wanted = name;
    for (const elf::Object* object : scope.objects()) {
      bool found = object->symbols.for_each_named(wanted, [&](std::size_t index) {
        if (object == interposer || has(name)) return true;
        if (plan::is_cxx_runtime(object->dynamic.soname())) return true;  // nobody replaces it
        const elf::Sym& symbol = object->symbols[index];
        objects_.push_back({name, process::address_in(*object, symbol), symbol.st_size});
        return true;
      });
      if (found) break;
    }
  }
}

void ProgramNames::add_guards(Arena& arena, const ShimHeader& interposer) {
  for (const shims::Guard& guard : shims::guards_of(arena, interposer)) {
    if (!has(guard.name)) objects_.push_back({guard.name, guard.address, 0});
  }
}

void ProgramNames::add_expected(process::GlobalScope& scope,
                                std::span<const std::string_view> names) {
  for (std::string_view name : names) {
    const elf::SymbolName wanted = name;
    for (const elf::Object* object : scope.objects()) {
      std::optional<std::size_t> found = object->find(wanted, {});
      if (!found) continue;
      const elf::Sym& symbol = object->symbols[*found];
      Addr address = process::address_in(*object, symbol);
      if (address == 0) continue;
      if (!has(name)) objects_.push_back({name, address, symbol.st_size});
      break;
    }
  }
}

void ProgramNames::fill(Arena& arena, Capsule& capsule) const {
  for (const Copy& copy : copies_) {
    link_map* loaded = shims::target_of(capsule, *copy.shim);
    if (loaded == nullptr) continue;
    Result<elf::Image> image = process::image_of(loaded);
    if (!image) continue;
    Result<elf::Object> library = elf::Object::read(arena, *image);
    if (!library) continue;
    std::optional<std::size_t> index = library->find(copy.name, copy.version);
    if (!index) continue;
    const elf::Sym& symbol = library->symbols[*index];
    Addr size = copy.size < symbol.st_size ? copy.size : symbol.st_size;
    const auto* from = reinterpret_cast<const void*>(process::address_in(*library, symbol));
    process::ObjectWriter(copy.program->image)
        .copy(reinterpret_cast<void*>(copy.address), from, size);
  }
}

namespace {

// Exposed libraries of a closure whose shims are not loaded.
List<const elf::Object*> exposed_without_shim(Arena& arena, const Capsule& capsule,
                                              process::BaseView& base,
                                              const resolve::Closure& closure) {
  List<const elf::Object*> others(arena);
  for (const resolve::Library& library : closure.libraries()) {
    std::string_view name = library.known_as();
    if (!plan::contains(capsule.request().expose, name) || base.find(name) != nullptr) continue;
    Result<elf::Object> object = elf::Object::read(arena, library.image);
    if (object) others.push_back(arena.create<elf::Object>(*object));
  }
  return others;
}

}  // namespace

void find_program_names(Arena& arena, const Capsule& capsule, process::BaseView& base,
                        const resolve::Closure& closure, std::span<const ShimHeader* const> shims,
                        ProgramNames& first, ProgramNames& last) {
  List<const elf::Object*> others = exposed_without_shim(arena, capsule, base, closure);
  bool has_cxx = false;
  for (const resolve::Library& library : closure.libraries()) {
    has_cxx = has_cxx || library.known_as() == kLibstdcxx;
  }
  // A shim that is preloaded is no interposer: it stands for the library itself.
  List<const elf::Object*> preloaded(arena);
  for (const elf::Object* object : process::interposers(base)) {
    if (!capsule::is_shim(object->dynamic)) preloaded.push_back(object);
  }
  std::span<const elf::Object* const> before = preloaded.view();
  const elf::Object* interposer = nullptr;
  if (capsule.interposer() != nullptr) {
    std::size_t place = shims::place_of(base, *capsule.interposer());
    before = base.objects().first(place);
    if (place < base.objects().size()) interposer = base.objects()[place];
  }
  process::GlobalScope scope(arena, base);
  first.add_program(arena, base, scope, before, shims, others.view());
  if (capsule.interposer() != nullptr) first.add_guards(arena, *capsule.interposer());
  if (has_cxx) first.add_allocation(scope, interposer);
  last.add_expected(scope, capsule.request().of_program);
}

namespace {

// What the linker refers to in every library, and nobody needs.
constexpr std::string_view kOptional[] = {"__gmon_start__", "_ITM_deregisterTMCloneTable",
                                          "_ITM_registerTMCloneTable", "_Jv_RegisterClasses"};

// The names that a library refers to without saying which library's it means, by a version.
void add_open_references(const elf::Object& library, List<std::string_view>& names) {
  const elf::GnuHash* hash = library.symbols.gnu();
  const bool sorted = hash != nullptr && !hash->chains.empty();
  const std::size_t end = sorted ? hash->symbol_offset : library.symbols.size();
  for (std::size_t i = 1; i < end && i < library.symbols.size(); ++i) {
    const elf::Sym& symbol = library.symbols[i];
    if (symbol.st_shndx != SHN_UNDEF || elf::symbol_type(symbol) == STT_TLS) continue;
    if ((library.versions.raw(i) & elf::kVersionIndexMask) > 1) continue;
    std::string_view name = library.symbols.name(i);
    if (!name.empty() && !plan::contains(kOptional, name)) names.push_back(name);
  }
}

}  // namespace

void find_program_names_later(Arena& arena, const Capsule& capsule, process::BaseView& base,
                              const resolve::Closure& closure, ProgramNames& first,
                              ProgramNames& last) {
  if (closure.libraries().empty()) return;
  List<std::string_view> names(arena);
  for (const resolve::Library& library : closure.libraries()) {
    Result<elf::Object> object = elf::Object::read(arena, library.image);
    if (object) add_open_references(*object, names);
  }
  if (capsule.request().of_interface) {
    if (names.empty()) return;
    Result<elf::Image> image = process::image_of(process::program());
    if (!image) return;
    Result<elf::Object> program = elf::Object::read(arena, *image);
    if (!program) return;
    const elf::Object* executable[] = {&*program};
    process::GlobalScope scope(arena, executable);
    last.add_expected(scope, names.view());
    return;
  }
  process::GlobalScope scope(arena, base);
  List<const elf::Object*> others = exposed_without_shim(arena, capsule, base, closure);
  if (!others.empty()) {
    first.add_program(arena, base, scope, process::interposers(base), {}, others.view());
  }
  last.add_expected(scope, names.view());
}

}  // namespace bulkhead::opening
