#include "tool/references.h"

#include "arch/machine.h"
#include "elf/relocs.h"
#include "process/addresses.h"
#include "process/modules.h"
#include "process/questions.h"

namespace bulkhead::tool {
namespace {

using arch::Native;

// Of several versions the default one, as dlsym has it.
std::optional<elf::SymbolIndex> find_default(const elf::Object& object, std::string_view name) {
  std::optional<elf::SymbolIndex> found;
  object.symbols.for_each_named(name, [&](elf::SymbolIndex index) {
    bool is_default = object.versions.is_default(index);
    if (is_default || !found) found = index;
    return is_default;
  });
  return found;
}

// What a reference in the program is bound to; 0 if nothing global defines the name.
elf::Addr global_address(Arena& arena, std::string_view name, std::string_view version) {
  std::string_view symbol = arena.copy(name);
  void* found = version.empty()
                    ? process::symbol_by(RTLD_DEFAULT, symbol.data())
                    : process::symbol_by(RTLD_DEFAULT, symbol.data(), arena.copy(version).data());
  if (found == nullptr) process::forget_error();  // that of this question is nobody's
  return reinterpret_cast<elf::Addr>(found);
}

}  // namespace

void for_each_reference(const elf::Object& object, const Visitor& visitor) {
  const elf::Image& image = object.image;
  auto visit = [&](const elf::Relocation& relocation) {
    bool data = relocation.type == Native::kAbsolute;
    bool slot = relocation.type == Native::kGlobDat || relocation.type == Native::kJumpSlot;
    if ((!slot && !data) || (data && relocation.addend != 0)) return;
    const std::optional<elf::SymbolIndex> index = object.symbols.index(relocation.symbol);
    if (!index) return;
    std::string_view name = object.symbols.name(*index);
    if (!visitor.wants(visitor.context, name)) return;
    if (image.bytes(relocation.offset, sizeof(elf::Addr)).empty()) return;
    visitor.visit(visitor.context, {reinterpret_cast<elf::Addr*>(image.bias() + relocation.offset),
                                    name, object.versions.name(*index), data});
  };
  // Relocations were valid for ld.so; an error here would have stopped the program.
  Status visited = elf::for_each_symbolic_relocation(image, object.dynamic, visit);
  static_cast<void>(visited);
}

const elf::Object* Program::object(std::size_t index) {
  if (objects_[index] != nullptr) return objects_[index];
  Result<elf::Image> image = process::image_of(libraries_[index].map);
  if (!image) return nullptr;
  Result<elf::Object> read = elf::Object::read(arena_, *image);
  if (read) objects_[index] = arena_.create<elf::Object>(static_cast<elf::Object&&>(*read));
  return objects_[index];
}

Program::Definition Program::definition_in(std::size_t index, std::string_view name,
                                           std::string_view version) {
  const elf::Object* defining = object(index);
  if (defining == nullptr) return {};
  std::optional<elf::SymbolIndex> found =
      version.empty() ? find_default(*defining, name) : defining->find(name, version);
  if (!found) return {};
  const elf::Sym& symbol = defining->symbols[*found];
  unsigned type = elf::symbol_type(symbol);
  if (type == STT_OBJECT || type == STT_TLS || type == STT_COMMON) return {0, true, index};
  return {process::address_in(*defining, symbol), false, index};
}

Program::Definition Program::find(std::string_view name, std::string_view version, elf::Addr but) {
  // What was opened without RTLD_GLOBAL comes after all that is global, wherever it stands in
  // ld.so's list.
  std::size_t global = library_at(global_address(arena_, name, version));
  if (global < libraries_.size()) {
    Definition first = definition_in(global, name, version);
    if (first.variable || (first.address != 0 && first.address != but)) return first;
  }
  for (std::size_t i = 0; i < libraries_.size(); ++i) {
    Definition definition = definition_in(i, name, version);
    if (definition.variable) return definition;
    if (definition.address != 0 && definition.address != but) return definition;
  }
  return {};
}

bool Program::is_global(elf::Addr address, std::string_view name, std::string_view version) {
  return address == global_address(arena_, name, version);
}

std::size_t Program::library_at(elf::Addr address) const {
  std::size_t i = 0;
  while (i < libraries_.size() && !libraries_[i].contains(address)) ++i;
  return i;
}

}  // namespace bulkhead::tool
