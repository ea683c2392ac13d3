// The objects of the base and their tables, read once for an opening.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/list.h"
#include "elf/object.h"
#include "process/modules.h"

namespace bulkhead::process {

// In ld.so's order, the program first. Read when it is first asked. The same rules as for
// process::base_objects hold.
class BaseView {
 public:
  explicit BaseView(Arena& arena)
      : arena_(arena), entries_(arena), objects_(arena), names_(arena) {}

  // After something was loaded or unloaded: the next question is answered from what is there then.
  void refresh() { current_ = false; }

  // Those whose tables make sense as a whole.
  std::span<const elf::Object* const> objects();
  // The index of the one that calls itself so (without a SONAME: whose file is called so);
  // objects().size() if there is none.
  std::size_t index_of(std::string_view name);
  const elf::Object* find(std::string_view name);

  // The same of a name by which one of them needs it: else it is the one whose file is called so.
  const elf::Object* find_needed(std::string_view name);

  // All that have symbols.
  struct Entry {
    process::BaseObject loaded;
    const elf::Object* object;
    bool whole;  // if not, its versions make no sense, and `object` is without
  };
  std::span<const Entry> entries();
  // The one of that load bias; null if there is none.
  const elf::Object* with_bias(elf::Addr bias);

 private:
  void read();
  void index_names();

  Arena& arena_;
  bool current_ = false;
  List<Entry> entries_;
  List<const elf::Object*> objects_;
  List<std::string_view> names_;
  // Where a name's hash leads, and the next places: the index of an object, plus 1. Programs have
  // hundreds of libraries, each of which is asked for by each that needs it.
  std::span<std::uint32_t> places_;
};

}  // namespace bulkhead::process
