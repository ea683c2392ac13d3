// In which order ld.so would search for a name natively, for code in a capsule.
//
// ld.so itself knows the capsule's namespace and the base apart; natively all of it would be one.
// Which libraries those would be, and in which order, say the link maps and what each library needs
// (DT_NEEDED), read breadth first, as ld.so does: what is needed under a name that the capsule has
// a library of its own for is that one; else it is the base's. Which of them defines a name say its
// tables; what its address is, ld.so.
//
// The lists are ld.so's. One begins with the program and what is preloaded, and has all that these
// need: the global scope. Each library that was opened by dlopen begins one with what it needs, but
// for a library that was there before, which stays with the list that it came by. Such a library
// looks into later lists that it is in as well, but for the program's own from the beginning.
//
// Not for isolated capsules, whose libc is their own, nor for those of tools, which have an order
// of their own. Asks ld.so; none of its locks may be held.
#pragma once

#include <link.h>

#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/list.h"
#include "capsule/capsule.h"
#include "inside/symbol.h"

namespace bulkhead::inside {

// Where ld.so is to be asked: a library that seems to define the name itself.
struct Place {
  Lmid_t space;
  std::string_view path;    // as ld.so knows it; empty for the program
  void* address = nullptr;  // if the tables leave nothing to ask
};

// RTLD_NEXT of code at `caller`: what comes after its library, in the list that this came by. False
// if no library has code there.
bool next_places(const capsule::Capsule& capsule, const Symbol& symbol, const void* caller,
                 List<Place>& places);

// RTLD_DEFAULT, in five parts. What was opened with RTLD_GLOBAL comes behind `global`.
struct DefaultPlaces {
  explicit DefaultPlaces(Arena& arena)
      : before(arena), global(arena), local(arena), last(arena), opened(arena) {}

  // The caller's library, if it was linked with -Bsymbolic; the list that it came by, if it was
  // opened with RTLD_DEEPBIND.
  List<Place> before;
  List<Place> global;  // the global scope
  List<Place> local;   // the list that the caller's library came by, and later ones that have it
  List<Place> last;    // what only the base has
  List<Place> opened;  // the same, if it was opened with RTLD_GLOBAL
};

// As with references, a definition that the capsule has of its own comes before those of the base's
// other libraries and of the program, but for names of exposed libraries. `caller`: null for
// nobody. In a capsule of the interface, where plain dlmopen is native, of the base there are only
// the program, what was preloaded and what is shared.
void default_places(const capsule::Capsule& capsule, const Symbol& symbol, const void* caller,
                    DefaultPlaces& places);

// Whether ld.so would find it for code at `caller` in a library that came later and needs the
// caller's: it adds what is opened to the scope of all that this needs and that was opened itself,
// as everything in a capsule was. Natively what the program is linked to was not.
bool is_in_later_scope(const capsule::Capsule& capsule, const Symbol& symbol, const void* caller);

// Whether a library defines such a symbol as one for the whole process (STB_GNU_UNIQUE): ld.so
// keeps that of a namespace which it is asked for first.
bool has_unique(const link_map* library, std::string_view name);

// By the handle of a library in the capsule: itself and what it needs.
void places_by_handle(const capsule::Capsule& capsule, const Symbol& symbol, const link_map* handle,
                      List<Place>& places);

}  // namespace bulkhead::inside
