#include "turns/aside.h"

#include "arch/machine.h"
#include "elf/symbols.h"
#include "process/object_writer.h"
#include "process/questions.h"

namespace bulkhead::turns {

namespace {

// Guard: one thread ends a process.
std::size_t g_number = 0;
void zero() { g_number <<= 1U; }
void one() { g_number = g_number << 1U | 1U; }

Entries entries_of(std::span<elf::Dyn> dynamic, elf::Addr function, elf::Addr array,
                   elf::Addr size) {
  Entries entries;
  for (elf::Dyn& entry : dynamic) {
    auto tag = static_cast<elf::Addr>(entry.d_tag);
    if (tag == function) entries.function = &entry;
    if (tag == array) entries.array = &entry;
    if (tag == size) entries.size = &entry;
  }
  return entries;
}

// What a constructor gave to atexit while the program started is called by the library's
// destructors.
bool may_register_functions(const elf::Image& image) {
  Result<elf::Dynamic> dynamic = elf::Dynamic::read(image);
  if (!dynamic) return true;
  Result<elf::SymbolTable> symbols = elf::SymbolTable::read(image, *dynamic);
  if (!symbols) return true;
  // With the zeroes that end them.
  constexpr std::string_view kNames[] = {{"__cxa_atexit", 13}, {"atexit", 7}};
  // Undefined ones come before those that are hashed.
  const elf::GnuHash* gnu = symbols->gnu();
  bool hashed = gnu != nullptr && !gnu->chains.empty();
  std::size_t count = hashed ? gnu->symbol_offset : symbols->size();
  for (elf::SymbolIndex i : symbols->indices(1, count)) {
    for (std::string_view name : kNames) {
      if (symbols->name_start(i, name.size()) == name) return true;
    }
  }
  return false;
}

std::span<const std::byte> code_at(const elf::Image& image, Addr at, std::size_t most) {
  std::span<const std::byte> code = image.bytes_from(at);
  return code.size() > most ? code.first(most) : code;
}

}  // namespace

std::span<elf::Dyn> dynamic_section(const link_map* object) {
  elf::Dyn* begin = process::dynamic_of(object);
  std::size_t count = 0;
  while (begin != nullptr && begin[count].d_tag != DT_NULL) ++count;
  return {begin, count};
}

Entries constructors_of(std::span<elf::Dyn> dynamic) {
  return entries_of(dynamic, DT_INIT, DT_INIT_ARRAY, DT_INIT_ARRAYSZ);
}

Entries destructors_of(std::span<elf::Dyn> dynamic) {
  return entries_of(dynamic, DT_FINI, DT_FINI_ARRAY, DT_FINI_ARRAYSZ);
}

bool are_plain_constructors(const elf::Image& image, const Entries& entries) {
  if (entries.function == nullptr) return false;
  if (entries.has_array() && entries.size->d_un.d_val != sizeof(Addr)) return false;
  return arch::Native::is_empty_init(
      code_at(image, entries.function->d_un.d_ptr, arch::Native::kEmptyInitSize));
}

bool are_plain_destructors(const elf::Image& image, const Entries& entries) {
  if (entries.function == nullptr || entries.size == nullptr) return false;
  return entries.size->d_un.d_val == sizeof(Addr) &&
         arch::Native::is_empty_fini(
             code_at(image, entries.function->d_un.d_ptr, arch::Native::kEmptyFiniSize)) &&
         !may_register_functions(image);
}

std::span<const Addr> spell(Arena& arena, Destructor use, std::size_t number) {
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

bool put_aside(const link_map* object, const elf::Image& image, const Entries& entries,
               std::span<const Addr> array, Addr function, Aside& aside) {
  process::ObjectWriter writer(image);
  const Addr bias = process::bias_of(object);
  auto write = [&](elf::Dyn* entry, Addr value) { return writer.write(&entry->d_un.d_ptr, value); };
  // Modulo 2^64, as ld.so adds the bias.
  auto relative = [&](Addr place) { return place - bias; };
  if (entries.has_array()) {
    aside.array = reinterpret_cast<const Addr*>(bias + entries.array->d_un.d_ptr);
    aside.count = entries.size->d_un.d_val / sizeof(Addr);
    if (!write(entries.size, array.size_bytes())) return false;
    if (!array.empty()) write(entries.array, relative(reinterpret_cast<Addr>(array.data())));
  }
  if (entries.function != nullptr) {
    aside.function = bias + entries.function->d_un.d_ptr;
    if (!write(entries.function, relative(function))) return false;
  }
  return true;
}

void nothing() {}

}  // namespace bulkhead::turns
