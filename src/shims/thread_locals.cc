#include "shims/thread_locals.h"

#include <algorithm>

#include "arch/machine.h"
#include "base/diagnostics.h"
#include "base/text.h"
#include "process/addresses.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/object_writer.h"
#include "process/questions.h"
#include "shims/shim.h"
#include "words/tls_room.h"

namespace bulkhead::shims {
namespace {

using elf::Addr;

// What of ld.so's reserve may be taken for variables that nobody uses yet, of all libraries
// together: as much as it gives away itself for mere speed (glibc.rtld.optional_static_tls).
constexpr Addr kOptional = 512;
// What was taken so. Guard: atomic.
constinit Addr g_taken = 0;

// Whether a block that nobody uses may have static TLS.
bool take_optional(const elf::Phdr& block) {
  Addr size = block.p_memsz + block.p_align;
  if (__atomic_add_fetch(&g_taken, size, __ATOMIC_RELAXED) <= kOptional) return true;
  __atomic_sub_fetch(&g_taken, size, __ATOMIC_RELAXED);
  return false;
}

bool is_thread_local(const elf::Sym& symbol) {
  return elf::symbol_type(symbol) == STT_TLS && elf::is_exported(symbol);
}

// A symbol that the base uses of a shim: its name and where. Empty if there is none.
struct Use {
  std::string_view name;
  std::string_view object;
};

Use find_use(Arena& arena, const words::TlsStandIn& stand_in, bool undefined) {
  for (const process::BaseObject& object : process::base_objects(arena)) {
    Result<elf::Image> image = elf::Image::of_memory(object.bias, object.headers);
    if (!image) continue;
    std::string_view name = words::uses_tls_of(*image, stand_in, undefined);
    if (!name.empty()) return {name, object.name.empty() ? "the program" : object.name};
  }
  return {};
}

// Where a loaded library's block is, relative to the thread pointer; it gets static TLS by this.
Result<Addr> place_of(Arena& arena, const elf::Object& library, const link_map* loaded) {
  for (elf::SymbolIndex i : library.symbols.indices()) {
    if (!is_thread_local(library.symbols[i])) continue;
    const image::Question question{library.symbols.name(i), library.versions.name(i)};
    if (library.find(question.name, question.version) != i) continue;
    Result<Addr> place = words::make_tls_static(arena, loaded, question);
    if (!place) return place;
    words::use_block_of(loaded);  // dlinfo then tells where it is
    return *place - library.symbols[i].st_value;
  }
  return fail(Fault::missing, "has no thread-local variables", process::name_of(loaded));
}

// The table of an image of ours, which is not writable otherwise.
class Symbols {
 public:
  explicit Symbols(const elf::Object& object)
      : symbols_(const_cast<elf::Sym*>(object.symbols.symbols().data())),
        pages_(reinterpret_cast<Addr>(symbols_), object.symbols.symbols().size_bytes()) {}
  bool ok() const { return pages_.ok(); }
  void move(std::size_t index, Addr value) {
    __atomic_store_n(&symbols_[index].st_value, value, __ATOMIC_RELAXED);
  }
  // Of thread-local symbols ld.so finds even undefined ones.
  void remove(std::size_t index) {
    __atomic_store_n(&symbols_[index].st_info, elf::make_symbol_info(STB_WEAK, STT_NOTYPE),
                     __ATOMIC_RELAXED);
    __atomic_store_n(&symbols_[index].st_shndx, elf::Half{SHN_UNDEF}, __ATOMIC_RELAXED);
  }

 private:
  elf::Sym* symbols_;
  process::Writable pages_;
};

constexpr std::string_view kNoTable = "its symbol table cannot be made writable";

}  // namespace

bool have_thread_locals(process::BaseView& base,
                        std::span<const handoff::ShimHeader* const> shims) {
  return std::ranges::any_of(shims, [&](const handoff::ShimHeader* shim) {
    const elf::Object* tables = base.with_bias(LoadedShim(*shim).image());
    return tables != nullptr && tables->image.find_header(PT_TLS) != nullptr;
  });
}

Status bind_thread_locals(Arena& arena, const elf::Object& shim, const elf::Object& target,
                          const link_map* loaded) {
  std::optional<words::TlsStandIn> stand_in = words::read_tls_stand_in(shim);
  if (!stand_in) return {};
  Use used = find_use(arena, *stand_in, false);
  const elf::Phdr* block = target.image.find_header(PT_TLS);
  Result<Addr> place = fail(Fault::limit, "nobody uses them, and no room is left for such");
  if (!used.name.empty() || (block != nullptr && take_optional(*block))) {
    place = place_of(arena, target, loaded);
  }
  bool removed = false;
  {
    Symbols symbols(shim);
    if (!symbols.ok()) return fail(Fault::system, kNoTable, shim.dynamic.soname());
    for (elf::SymbolIndex i : shim.symbols.indices()) {
      if (!is_thread_local(shim.symbols[i])) continue;
      std::optional<elf::SymbolIndex> index;
      if (place) index = target.find(shim.symbols.name(i), shim.versions.name(i));
      if (index && is_thread_local(target.symbols[*index])) {
        symbols.move(i, target.symbols[*index].st_value + *place - stand_in->place);
      } else {
        symbols.remove(i);
        removed = true;
      }
    }
  }
  if (!place) {
    debug(Topic::bind, {process::name_of(loaded), ": thread-local variables are not handed over: ",
                        place.error().what, " ", place.error().because});
  }
  if (!removed) return {};
  used = find_use(arena, *stand_in, true);
  if (used.name.empty()) return {};
  std::string_view what =
      join(arena,
           {"is used by ", used.object, " as a thread-local variable of ", process::name_of(loaded),
            place ? ", which no longer has it" : ", which cannot have static TLS"});
  return fail(place ? Fault::missing : Fault::limit, what, arena.copy(used.name),
              place ? std::string_view{} : place.error().because,
              place ? "make the shims anew"
                    : "raise ld.so's reserve: GLIBC_TUNABLES=glibc.rtld.optional_static_tls=BYTES "
                      "(since glibc 2.33)");
}

std::span<const Addr> tls_places_of(Arena& arena, const elf::Object& library,
                                    std::string_view name) {
  if (library.image.find_header(PT_TLS) == nullptr) return {};
  List<image::Question> questions(arena);
  List<elf::SymbolIndex> indices(arena);
  for (elf::SymbolIndex i : library.symbols.indices()) {
    if (!is_thread_local(library.symbols[i])) continue;
    questions.push_back({library.symbols.name(i), library.versions.name(i)});
    indices.push_back(i);
  }
  if (indices.empty()) return {};
  Result<std::span<const Addr>> answers =
      process::ask(arena, process::program(), name, questions.view(), arch::Native::kTlsPlace);
  if (!answers) {
    // Who needs one will not be bound, and ld.so names it then.
    debug(Topic::bind,
          {name, ": thread-local variables are not shared: ", answers.error().because});
    return {};
  }
  std::span<Addr> places = arena.array<Addr>(library.symbols.size());
  for (std::size_t i = 0; i < indices.size(); ++i) places[indices[i]] = (*answers)[i];
  return places;
}

Result<List<words::TlsStandIn>> bind_mirrors(Arena& arena, const link_map* first,
                                             std::span<const MirroredThreadLocals> mirrors) {
  List<words::TlsStandIn> stand_ins(arena);
  for (const MirroredThreadLocals& each : mirrors) {
    const link_map* loaded = first;
    while (loaded != nullptr && process::soname_of(loaded) != each.name)
      loaded = process::next_of(loaded);
    if (loaded == nullptr) continue;
    Result<elf::Image> image = process::image_of(loaded);
    if (!image) return about(image.error(), each.name);
    Result<elf::Object> read = elf::Object::read(arena, *image);
    if (!read) return about(read.error(), each.name);
    const auto* mirror = arena.create<elf::Object>(*read);
    std::optional<words::TlsStandIn> stand_in = words::read_tls_stand_in(*mirror);
    if (!stand_in) continue;
    Symbols symbols(*mirror);
    if (!symbols.ok()) return fail(Fault::system, kNoTable, each.name);
    for (elf::SymbolIndex i : mirror->symbols.indices()) {
      if (!is_thread_local(mirror->symbols[i])) continue;
      if (each.library == nullptr) {
        symbols.move(i, each.absolutes[i - 1].address - stand_in->place);
        continue;
      }
      std::optional<elf::SymbolIndex> index =
          each.library->find(mirror->symbols.name(i), mirror->versions.name(i));
      if (index) symbols.move(i, each.places[*index] - stand_in->place);
    }
    stand_ins.push_back(*stand_in);
    debug(Topic::bind, {each.library != nullptr ? "the mirror of " : "", each.name,
                        " leads to thread-local variables"});
  }
  return stand_ins;
}

}  // namespace bulkhead::shims
