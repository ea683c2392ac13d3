#include "opening/program_names.h"

#include <algorithm>

#include "arch/machine.h"
#include "base/diagnostics.h"
#include "base/text.h"
#include "elf/hash.h"
#include "elf/relocs.h"
#include "opening/earlier_definitions.h"
#include "plan/rules_of_thumb.h"
#include "process/addresses.h"
#include "process/global_scope.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/object_writer.h"
#include "process/questions.h"
#include "sharing/unique.h"
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

}  // namespace

void ProgramNames::add_earlier(Arena& arena, const Capsule& capsule, process::BaseView& base,
                               std::span<const capsule::NativePlace> places) {
  EarlierDefinitions earlier(arena, capsule, objects_);
  for (const capsule::NativePlace& place : places) {
    if (place.base != nullptr) {
      earlier.add_base(*place.base);
      continue;
    }
    std::string_view name = place.inside->known_as();
    bool exposed = plan::contains(capsule.request().expose, name);
    if (exposed && base.find(name) != nullptr) {
      earlier.add_exposed(*base.find(name));
    } else {
      earlier.add_inside(place.inside->image, exposed);
    }
  }
}

void ProgramNames::add_before_tool(Arena& arena, const Capsule& capsule, process::BaseView& base) {
  EarlierDefinitions earlier(arena, capsule, objects_);
  std::size_t tool = shims::place_of(base, *capsule.interposer());
  if (tool >= base.objects().size()) return;
  for (const elf::Object* object : base.objects().first(tool)) earlier.add_base(*object);
  earlier.add_exposed(*base.objects()[tool]);
}

// A copy is made from the first library behind the program that has the name, when the program
// starts. So another one's is none of the shim's, and one that is opened later has made none: by
// now the program may have written to its variable.
void ProgramNames::add_copies(process::BaseView& base, process::GlobalScope& scope,
                              std::span<const ShimHeader* const> shims) {
  if (shims.empty() || base.objects().empty()) return;
  const elf::Object& program = *base.objects()[0];
  auto visit = [&](const elf::Relocation& relocation) {
    if (relocation.type != arch::Native::kCopy) return;
    const std::optional<elf::SymbolIndex> index = program.symbols.index(relocation.symbol);
    if (!index) return;
    std::string_view name = program.symbols.name(*index);
    std::string_view version = program.versions.name(*index);
    const elf::Object* source = scope.find_behind_program(name, version).object;
    if (source == nullptr) return;
    for (const ShimHeader* shim : shims) {
      if (shims::LoadedShim(*shim).image() != source->image.bias()) continue;
      copies_.push_back({&program, shim, name, version, program.image.bias() + relocation.offset,
                         program.symbols[*index].st_size});
    }
  };
  // Relocations were valid for ld.so.
  (void)elf::for_each_symbolic_relocation(program.image, program.dynamic, visit);
}

void ProgramNames::add_thread_locals(std::string_view soname,
                                     List<shims::MirroredThreadLocals>& to) const {
  if (!std::ranges::any_of(objects_, &image::Absolute::is_thread_local)) return;
  to.push_back({soname, nullptr, {}, objects_.view()});
}

void ProgramNames::add_found(const List<image::Absolute>& found) {
  for (const image::Absolute& each : found) {
    if (!has(each.name)) objects_.push_back(each);
  }
}

bool ProgramNames::has(std::string_view name) const {
  for (const image::Absolute& object : objects_) {
    if (object.name == name) return true;
  }
  return false;
}

void ProgramNames::add_first(process::GlobalScope& scope, std::span<const std::string_view> names,
                             const elf::Object* interposer) {
  for (std::string_view name : names) {
    const elf::SymbolName wanted = name;
    for (const elf::Object* object : scope.objects()) {
      std::optional<elf::SymbolIndex> found = object->find(wanted, {});
      if (!found) continue;
      // The tool comes next anyway; libstdc++'s own nobody replaces.
      if (object == interposer || has(name) || plan::is_cxx_runtime(object->dynamic.soname()))
        break;
      const elf::Sym& symbol = object->symbols[*found];
      objects_.push_back({name, process::address_in(*object, symbol), symbol.st_size});
      break;
    }
  }
}

void ProgramNames::add_guards(Arena& arena, const ShimHeader& interposer) {
  for (const shims::Guard& guard : shims::guards_of(arena, interposer)) {
    if (!has(guard.name)) objects_.push_back({guard.name, guard.address, 0});
  }
}

void ProgramNames::add_expected(Arena& arena, process::GlobalScope& scope,
                                std::span<const std::string_view> names) {
  for (std::string_view name : names) {
    const elf::SymbolName wanted = name;
    for (const elf::Object* object : scope.objects()) {
      std::optional<elf::SymbolIndex> found = object->find(wanted, {});
      if (!found) continue;
      bool is_program = object == scope.objects()[0];
      image::Absolute definition = definition_in(arena, *object, *found, is_program);
      if (definition.address == 0) continue;
      if (!has(name)) objects_.push_back(definition);
      break;
    }
  }
}

void ProgramNames::add_global(Arena& arena, process::BaseView& base,
                              std::span<const std::string_view> names) {
  for (std::string_view name : names) {
    if (has(name)) continue;
    void* found = process::symbol_by(RTLD_DEFAULT, arena.copy(name).data());
    if (found == nullptr) {
      process::forget_error();
      continue;
    }
    const link_map* library = process::owner_of(found).object;
    if (library == nullptr) continue;
    const elf::Object* object = base.with_bias(process::bias_of(library));
    const std::optional<elf::SymbolIndex> index =
        object != nullptr ? object->find(name, {}) : std::nullopt;
    if (!index) continue;
    image::Absolute definition = definition_in(arena, *object, *index, false);
    if (definition.address != 0) objects_.push_back(definition);
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
    std::optional<elf::SymbolIndex> index = library->find(copy.name, copy.version);
    if (!index) continue;
    const elf::Sym& symbol = library->symbols[*index];
    Addr size = copy.size < symbol.st_size ? copy.size : symbol.st_size;
    const auto* from = reinterpret_cast<const void*>(process::address_in(*library, symbol));
    process::ObjectWriter(copy.program->image)
        .copy(reinterpret_cast<void*>(copy.address), from, size);
  }
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
  for (elf::SymbolIndex i : library.symbols.indices(1, end)) {
    const elf::Sym& symbol = library.symbols[i];
    if (symbol.st_shndx != SHN_UNDEF || elf::symbol_type(symbol) == STT_TLS) continue;
    if ((library.versions.raw(i) & elf::kVersionIndexMask) > 1) continue;
    std::string_view name = library.symbols.name(i);
    if (!name.empty() && !plan::contains(kOptional, name)) names.push_back(name);
  }
}

std::span<const std::string_view> open_references(Arena& arena, const resolve::Closure& closure) {
  List<std::string_view> names(arena);
  for (const resolve::Library& library : closure.libraries()) {
    Result<elf::Object> object = elf::Object::read(arena, library.image);
    if (object) add_open_references(*object, names);
  }
  return names.view();
}

}  // namespace

std::span<const std::string_view> names_expected_of_program(Arena& arena, const Capsule& capsule,
                                                            const resolve::Closure& closure) {
  if (!capsule.request().of_interface || capsule.request().is_apart()) {
    return capsule.request().of_program;
  }
  List<std::string_view> names(arena);
  for (std::string_view name : open_references(arena, closure)) {
    if (!closure.defines(name)) plan::add_once(names, name);
  }
  return names.view();
}

void find_program_names(Arena& arena, const Capsule& capsule, process::BaseView& base,
                        const resolve::Closure& closure, std::span<const ShimHeader* const> shims,
                        std::span<const std::string_view> expected, ProgramNames& first,
                        ProgramNames& last) {
  process::GlobalScope scope(arena, base);
  const elf::Object* interposer = nullptr;
  if (capsule.interposer() != nullptr) {
    first.add_before_tool(arena, capsule, base);
    std::size_t place = shims::place_of(base, *capsule.interposer());
    if (place < base.objects().size()) interposer = base.objects()[place];
    first.add_guards(arena, *capsule.interposer());
  } else {
    List<capsule::NativePlace> places = capsule::native_scope(arena, capsule, base, closure);
    first.add_earlier(arena, capsule, base, places.view());
  }
  first.add_found(sharing::unique_of_shims(arena, base, shims));
  first.add_found(sharing::unique_of_shared(arena, capsule, base, closure));
  first.add_copies(base, scope, shims);
  bool has_cxx = std::ranges::any_of(closure.libraries(), [](const resolve::Library& library) {
    return library.known_as() == kLibstdcxx;
  });
  if (has_cxx) first.add_first(scope, kAllocation, interposer);
  // One heap for all: what the capsule's libraries allocate the program frees.
  if (interposer == nullptr && capsule.isolation() == nullptr && closure.defines("malloc")) {
    first.add_first(scope, kHeap, nullptr);
  }
  last.add_expected(arena, scope, expected);
  last.add_global(arena, base, expected);
}

namespace {

// What a capsule of the interface shares of what the program is linked to, or has made global:
// natively also for who does not list it.
void add_shared(Arena& arena, const Capsule& capsule, process::BaseView& base,
                List<const elf::Object*>& visible) {
  List<const elf::Object*> shared(arena);
  for (std::string_view name : capsule.request().share) {
    const elf::Object* object = plan::is_always_shared(name) ? nullptr : base.find(name);
    if (object != nullptr) shared.push_back(object);
  }
  if (shared.empty()) return;
  process::GlobalScope scope(arena, base);
  for (const elf::Object* object : scope.objects()) {
    bool listed = std::ranges::find(visible, object) != visible.end();
    if (!listed && std::ranges::find(shared, object) != shared.end()) visible.push_back(object);
  }
}

}  // namespace

void find_program_names_later(Arena& arena, const Capsule& capsule, process::BaseView& base,
                              const resolve::Closure& closure, ProgramNames& first,
                              ProgramNames& last) {
  if (closure.libraries().empty()) return;
  first.add_found(sharing::unique_of_shared(arena, capsule, base, closure));
  std::span<const std::string_view> names = open_references(arena, closure);
  if (capsule.request().is_apart()) {
    if (names.empty()) return;
    Result<elf::Image> image = process::image_of(process::program());
    if (!image) return;
    Result<elf::Object> program = elf::Object::read(arena, *image);
    if (!program) return;
    List<const elf::Object*> visible(arena);
    visible.push_back(&*program);
    add_shared(arena, capsule, base, visible);
    process::GlobalScope scope(arena, visible.view());
    last.add_expected(arena, scope, names);
    return;
  }
  process::GlobalScope scope(arena, base);
  // Of exposed libraries that have shims, what comes first was decided with these.
  if (std::ranges::any_of(closure.libraries(), [&](const resolve::Library& library) {
        return plan::contains(capsule.request().expose, library.known_as()) &&
               base.find(library.known_as()) == nullptr;
      })) {
    List<capsule::NativePlace> places = capsule::native_scope(arena, capsule, base, closure);
    first.add_earlier(arena, capsule, base, places.view());
  }
  last.add_expected(arena, scope, names);
}

}  // namespace bulkhead::opening
