// Which definitions of the base's libraries come before those of exposed libraries.
//
// A reference is to a name, and mostly to a version of it; ld.so binds it to the first library that
// has that, or has the name without a version. So what comes first may differ by version, and a
// library may come first for one version alone.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/arena.h"
#include "base/list.h"
#include "capsule/capsule.h"
#include "elf/object.h"
#include "image/absolutes.h"

namespace bulkhead::opening {

// A definition of a library of the base, as an image of absolutes has it: for all references.
// Its address is 0 if it cannot be had.
image::Absolute definition_in(Arena& arena, const elf::Object& library, elf::SymbolIndex symbol,
                              bool is_program);

// Libraries are added in the order in which they would be searched natively. What is found of the
// names that an exposed one exports is added to the list.
class EarlierDefinitions {
 public:
  EarlierDefinitions(Arena& arena, const capsule::Capsule& capsule, List<image::Absolute>& found)
      : arena_(arena), capsule_(capsule), found_(found), libraries_(arena) {}

  // The first one is the program.
  void add_base(const elf::Object& library) {
    libraries_.push_back({&library, Side::base, nullptr});
  }
  // The tables of the capsule's library, or those of its shim.
  void add_exposed(const elf::Object& library);
  // The same by its file, which has to stay; or one that is not exposed.
  void add_inside(const elf::Image& image, bool exposed);

 private:
  enum class Side : std::uint8_t { base, exposed, other };
  struct Library {
    const elf::Object* object;  // null: it is read when somebody asks
    Side side;
    const elf::Image* image;  // where it is read from
  };

  const elf::Object* read(std::size_t library);
  bool counts(std::size_t library, elf::SymbolIndex symbol) const;
  // The definition in a library that a reference would be bound to.
  std::optional<elf::SymbolIndex> find(std::size_t library, const elf::SymbolName& name,
                                       std::string_view version);
  // The first symbol of that name that counts; 0 if there is none.
  std::size_t first_of(std::size_t library, const elf::SymbolName& name);
  void look_at(const elf::SymbolName& name, std::size_t exposed);
  bool look_for(const elf::SymbolName& name, std::size_t exposed, image::Absolute::For references,
                std::string_view version);
  void add(std::size_t library, elf::SymbolIndex symbol, image::Absolute::For references,
           std::string_view version);

  Arena& arena_;
  const capsule::Capsule& capsule_;
  List<image::Absolute>& found_;
  List<Library> libraries_;
};

}  // namespace bulkhead::opening
