// Where the first calls of functions go that ld.so binds lazily.
#pragma once

#include "elf/object.h"

namespace bulkhead::words {

// The entry of ld.so's that an object's PLT goes to; 0 if the object has none, or if ld.so has
// bound all of it already.
elf::Addr binder_of(const elf::Object& object);

// Puts another one in its place. False if it cannot be written to. Other threads may call
// meanwhile.
bool replace_binder(const elf::Object& object, elf::Addr binder);

}  // namespace bulkhead::words
