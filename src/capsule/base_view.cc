#include "capsule/base_view.h"

#include "base/text.h"
#include "process/modules.h"

namespace bulkhead::capsule {

std::span<const elf::Object* const> BaseView::objects() {
  if (read_) return objects_.view();
  read_ = true;
  objects_.truncate(0);
  names_.truncate(0);
  for (const process::BaseObject& loaded : process::base_objects(arena_)) {
    // Made where it stays: several on the stack would be much for one of 16 KiB.
    using Read = Result<elf::Object>;
    const auto& object = *new (arena_.allocate(sizeof(Read), alignof(Read)))
                             Read(process::read_object(arena_, loaded));
    if (!object) continue;
    objects_.push_back(&*object);
    std::string_view soname = object->dynamic.soname();
    names_.push_back(soname.empty() ? file_name_of(loaded.name) : soname);
  }
  return objects_.view();
}

std::size_t BaseView::index_of(std::string_view name) {
  static_cast<void>(objects());
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (names_[i] == name) return i;
  }
  return names_.size();
}

const elf::Object* BaseView::find(std::string_view name) {
  std::size_t index = index_of(name);
  return index < objects_.size() ? objects_[index] : nullptr;
}

}  // namespace bulkhead::capsule
