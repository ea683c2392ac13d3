// What is loaded in this process.
#pragma once

#include <link.h>

#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/list.h"
#include "elf/object.h"

namespace bulkhead::process {

// An object of the base namespace, in ld.so's order.
struct BaseObject {
  std::string_view name;  // as ld.so knows it; empty for the program
  elf::Addr bias;
  std::span<const elf::Phdr> headers;

  bool contains(elf::Addr address) const;
};

// Calls `visit(const BaseObject&)` for all of them until it returns true; the vDSO is left out.
// Their names are ld.so's memory. ld.so holds its lock of the lists meanwhile: `visit` calls none
// of its functions.
template <class Visit>
void for_each_base_object(Visit visit);

// All of them. The caller makes sure that none is unloaded while it uses them: it runs in a
// constructor, or pins what it needs.
List<BaseObject> base_objects(Arena& arena);

// The base is the namespace of this library, which is the program's. But a program that calls
// dlmopen for an exposed library gets its shim in a namespace of its own, with another copy of this
// library, and what is there is the base of that one.
bool is_with_program();
Lmid_t own_space();

// The program's link map, the first of the base; else the first there is. By a word that ld.so
// writes for debuggers.
link_map* program();

// The first object of the namespace that `any` is in; null for null. It never goes.
inline link_map* first_of(link_map* any) {
  while (any != nullptr && any->l_prev != nullptr) any = any->l_prev;
  return any;
}

// The base's link map of an object whose ELF header is there and which was linked for address 0, as
// what we generate is; null if there is none. Unlike owner_of it looks at no symbols.
link_map* find_in_base(elf::Addr elf_header);

// The namespace and the object that an address belongs to; null if none does (code made
// at run time). Thread-safe.
struct Owner {
  link_map* object = nullptr;
  Lmid_t space = LM_ID_BASE;
};
Owner owner_of(const void* address);

// The program headers of a loaded object, by its ELF header; empty if that cannot be found. Takes
// no lock of ld.so's, so it may be called while ld.so holds one.
std::span<const elf::Phdr> headers_of(const link_map* object);

// Whether an address lies in a loaded object, as far as its headers tell. Takes no lock either.
bool is_in_object(const link_map* object, const void* address);

// Its image, however it was linked. May take ld.so's lock.
Result<elf::Image> image_of(const link_map* object);

// DT_SONAME of a loaded object; empty if it has none.
std::string_view soname_of(const link_map* object);

// Whether ld.so calls its constructors before those of all others that come with it, as long as it
// is the last such (-z initfirst).
bool is_initialised_first(const link_map* object);

// The object called that in the namespace which `any` is in, by SONAME or by path; null if
// there is none, or `any` is null. Another thread may unload it at any time, unless it is one
// that stays.
link_map* find_loaded(link_map* any, std::string_view name);

// The path of that object, in `arena`; empty if there is none. Of several names, which may be
// empty, the first one counts that an object has.
std::string_view loaded_as(Arena& arena, link_map* any, std::span<const std::string_view> names);
inline std::string_view loaded_as(Arena& arena, link_map* any, std::string_view name) {
  return loaded_as(arena, any, std::span(&name, 1));
}

namespace detail {

// `visit(context, object)`.
void for_each_base_object(bool (*visit)(void*, const BaseObject&), void* context);

}  // namespace detail

template <class Visit>
void for_each_base_object(Visit visit) {
  detail::for_each_base_object(
      [](void* context, const BaseObject& object) {
        return (*static_cast<Visit*>(context))(object);
      },
      &visit);
}

}  // namespace bulkhead::process
