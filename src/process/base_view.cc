#include "process/base_view.h"

#include <new>
#include <optional>

#include "base/text.h"
#include "elf/hash.h"

namespace bulkhead::process {
namespace {

// Made where it stays: several on the stack would be much for one of 16 KiB.
std::optional<BaseView::Entry> read_entry(Arena& arena, const process::BaseObject& loaded) {
  using Read = Result<elf::Object>;
  Result<elf::Image> image = elf::Image::of_memory(loaded.bias, loaded.headers);
  if (!image) return std::nullopt;
  const auto& whole =
      *new (arena.allocate(sizeof(Read), alignof(Read))) Read(elf::Object::read(arena, *image));
  if (whole) return BaseView::Entry{loaded, &*whole, true};
  Result<elf::Dynamic> dynamic = elf::Dynamic::read(*image);
  if (!dynamic) return std::nullopt;  // a static program
  Result<elf::SymbolTable> symbols = elf::SymbolTable::read(*image, *dynamic);
  if (!symbols) return std::nullopt;
  const auto* part = new (arena.allocate(sizeof(elf::Object), alignof(elf::Object)))
      elf::Object{*image, *dynamic, *symbols, elf::Versions(arena)};
  return BaseView::Entry{loaded, part, false};
}

// The same file at the same place, even if it was unloaded and loaded again.
bool is_same(const process::BaseObject& one, const process::BaseObject& other) {
  return one.bias == other.bias && one.headers.data() == other.headers.data() &&
         one.headers.size() == other.headers.size() && one.name == other.name;
}

}  // namespace

void BaseView::read() {
  if (current_) return;
  current_ = true;
  // ld.so adds objects at the end, so those that have been read come first, in their order.
  List<Entry> known = entries_;
  std::size_t next = 0;
  entries_ = List<Entry>(arena_);
  objects_.truncate(0);
  names_.truncate(0);
  for (const process::BaseObject& loaded : process::base_objects(arena_)) {
    std::optional<Entry> entry;
    if (next < known.size() && is_same(known[next].loaded, loaded)) {
      entry = known[next++];
    } else {
      entry = read_entry(arena_, loaded);
    }
    if (!entry) continue;
    entries_.push_back(*entry);
    if (!entry->whole) continue;
    objects_.push_back(entry->object);
    std::string_view soname = entry->object->dynamic.soname();
    names_.push_back(soname.empty() ? file_name_of(entry->loaded.name) : soname);
  }
  index_names();
}

void BaseView::index_names() {
  std::size_t size = 16;
  while (size < 2 * names_.size()) size *= 2;
  places_ = arena_.array<std::uint32_t>(size);
  for (std::size_t i = 0; i < names_.size(); ++i) {
    std::size_t at = elf::gnu_hash(names_[i]) & (size - 1);
    while (places_[at] != 0) at = (at + 1) & (size - 1);
    places_[at] = static_cast<std::uint32_t>(i + 1);
  }
}

std::span<const elf::Object* const> BaseView::objects() {
  read();
  return objects_.view();
}

std::span<const BaseView::Entry> BaseView::entries() {
  read();
  return entries_.view();
}

std::size_t BaseView::index_of(std::string_view name) {
  read();
  // Of two that are called the same the first one was entered first, and is met first.
  const std::size_t mask = places_.size() - 1;
  for (std::size_t at = elf::gnu_hash(name) & mask; places_[at] != 0; at = (at + 1) & mask) {
    if (names_[places_[at] - 1] == name) return places_[at] - 1;
  }
  return names_.size();
}

const elf::Object* BaseView::find(std::string_view name) {
  std::size_t index = index_of(name);
  return index < objects_.size() ? objects_[index] : nullptr;
}

const elf::Object* BaseView::find_needed(std::string_view name) {
  if (const elf::Object* object = find(name)) return object;
  for (const Entry& entry : entries_) {
    if (entry.whole && file_name_of(entry.loaded.name) == name) return entry.object;
  }
  return nullptr;
}

const elf::Object* BaseView::with_bias(elf::Addr bias) {
  for (const Entry& entry : entries()) {
    if (entry.loaded.bias == bias) return entry.object;
  }
  return nullptr;
}

}  // namespace bulkhead::process
