#include "opening/earlier_definitions.h"

#include "arch/machine.h"
#include "base/diagnostics.h"
#include "base/text.h"
#include "capsule/hook_entries.h"
#include "elf/glibc.h"
#include "elf/shared_names.h"
#include "plan/rules_of_thumb.h"
#include "process/addresses.h"
#include "process/modules.h"
#include "words/tls_room.h"

namespace bulkhead::opening {

using image::Absolute;

namespace {

// Of no library: only a definition without a version answers to it.
constexpr std::string_view kNobodysVersion = "\1";

bool is_tls(const elf::Sym& symbol) { return elf::symbol_type(symbol) == STT_TLS; }

}  // namespace

Absolute definition_in(Arena& arena, const elf::Object& library, elf::SymbolIndex symbol,
                       bool is_program) {
  const elf::Sym& definition = library.symbols[symbol];
  Absolute entry = {library.symbols.name(symbol), 0, definition.st_size};
  if (is_tls(definition)) {
    entry.is_thread_local = true;
    if (is_program) {
      // The program is the first in every lookup, and nobody needs it by a name.
      const image::Question question{entry.name, ""};
      Result<std::span<const elf::Addr>> place = process::ask(
          arena, process::program(), elf::kLibc, {&question, 1}, arch::Native::kTlsPlace);
      if (place) entry.address = place->front();
    } else if (const link_map* loaded = process::find_in_base(library.image.bias())) {
      // Its constructors may not have had their turn.
      Result<elf::Addr> place =
          words::make_tls_static(arena, loaded, {entry.name, library.versions.name(symbol)});
      if (place) entry.address = *place;
    }
  } else if (elf::is_plt_address(definition)) {
    entry.address = library.image.bias() + definition.st_value;
  } else {
    entry.address = process::address_in(library, definition);
  }
  return entry;
}

const elf::Object* EarlierDefinitions::read(std::size_t library) {
  Library& it = libraries_[library];
  if (it.object == nullptr) {
    Result<elf::Object> object = elf::Object::read(arena_, *it.image);
    // ld.so will say what is wrong with it.
    if (object) it.object = arena_.create<elf::Object>(*object);
  }
  return it.object;
}

// The program may have the address of a function that it does not define.
bool EarlierDefinitions::counts(std::size_t library, elf::SymbolIndex symbol) const {
  const elf::Sym& it = libraries_[library].object->symbols[symbol];
  return elf::is_exported(it) || (library == 0 && elf::is_plt_address(it));
}

std::size_t EarlierDefinitions::first_of(std::size_t library, const elf::SymbolName& name) {
  std::size_t first = 0;
  const elf::Object* object = read(library);
  if (object == nullptr) return first;
  object->symbols.for_each_hashed(name, [&](elf::SymbolIndex symbol) {
    if (counts(library, symbol)) first = symbol;
    return first != 0;
  });
  return first;
}

std::optional<elf::SymbolIndex> EarlierDefinitions::find(std::size_t library,
                                                         const elf::SymbolName& name,
                                                         std::string_view version) {
  const elf::Object* object = read(library);
  if (object == nullptr) return std::nullopt;
  return library == 0 ? object->find_address(name, version) : object->find(name, version);
}

void EarlierDefinitions::add_inside(const elf::Image& image, bool exposed) {
  libraries_.push_back({nullptr, Side::other, &image});
  if (!exposed) return;
  const elf::Object* object = read(libraries_.size() - 1);
  libraries_.truncate(libraries_.size() - 1);
  if (object != nullptr) add_exposed(*object);
}

void EarlierDefinitions::add_exposed(const elf::Object& library) {
  const std::size_t self = libraries_.size();
  libraries_.push_back({&library, Side::exposed, nullptr});
  for (std::size_t i = 0; i < self; ++i) {
    if (libraries_[i].side != Side::base) continue;
    const elf::Object& earlier = *libraries_[i].object;
    // Isolated capsules have a libc of their own.
    if (capsule_.isolation() != nullptr && plan::is_glibc_family(earlier.dynamic.soname()))
      continue;
    elf::for_each_shared_name(earlier, library, [&](elf::SymbolIndex theirs, elf::SymbolIndex own) {
      if (!counts(i, theirs) || !elf::is_exported(library.symbols[own])) return;
      if (is_tls(earlier.symbols[theirs]) != is_tls(library.symbols[own])) return;
      const elf::SymbolName name = library.symbols.name(own);
      if (first_of(i, name) != theirs || first_of(self, name) != own) return;  // another version
      if (elf::is_linker_mark(name.text())) return;
      // Hooks mean something inside.
      if (is_hooked(capsule_, name.text()) && plan::is_glibc_family(earlier.dynamic.soname()))
        return;
      for (std::size_t j = 0; j < i; ++j) {
        if (libraries_[j].side == Side::base && first_of(j, name) != 0) return;  // looked at then
      }
      look_at(name, self);
    });
  }
}

void EarlierDefinitions::look_at(const elf::SymbolName& name, std::size_t exposed) {
  if (look_for(name, exposed, Absolute::For::all, kNobodysVersion)) return;
  List<std::string_view> versions(arena_);
  for (std::size_t i = 0; i <= exposed; ++i) {
    const elf::Object* object = read(i);
    if (object == nullptr) continue;
    object->symbols.for_each_hashed(name, [&](elf::SymbolIndex symbol) {
      std::string_view version = object->versions.name(symbol);
      if (counts(i, symbol) && !version.empty()) plan::add_once(versions, version);
      return false;
    });
  }
  for (std::string_view version : versions) {
    look_for(name, exposed, Absolute::For::version, version);
  }
  look_for(name, exposed, Absolute::For::unversioned, {});
}

bool EarlierDefinitions::look_for(const elf::SymbolName& name, std::size_t exposed,
                                  Absolute::For references, std::string_view version) {
  for (std::size_t i = 0; i < exposed; ++i) {
    // What answers to all has to be the first of all.
    if (references == Absolute::For::all && first_of(i, name) == 0) continue;
    std::optional<elf::SymbolIndex> symbol = find(i, name, version);
    if (symbol && libraries_[i].side == Side::base) add(i, *symbol, references, version);
    if (symbol || references == Absolute::For::all) return symbol.has_value();
  }
  return false;
}

void EarlierDefinitions::add(std::size_t library, elf::SymbolIndex symbol, Absolute::For references,
                             std::string_view version) {
  const elf::Object& object = *libraries_[library].object;
  Absolute entry = definition_in(arena_, object, symbol, library == 0);
  if (entry.address == 0) return;
  entry.references = references;
  if (references == Absolute::For::version) entry.version = version;
  found_.push_back(entry);
  debug(Topic::bind, {entry.name, entry.version.empty() ? "" : "@", entry.version, " inside is ",
                      library == 0 ? "the program" : object.dynamic.soname(), "'s"});
}

}  // namespace bulkhead::opening
