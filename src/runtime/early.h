// Opening what shims stand for before their turn.
//
// Natively a library's variables have their values when ld.so has relocated it, before anybody's
// constructors run: a library of the program's that is initialised before an exposed one may read
// them. ld.so initialises the runtime, which each shim needs and lists last, before nearly all
// others.
#pragma once

namespace bulkhead::runtime {

// Opens the capsules of all shims and binds these, if a library of the base has constructors that
// may come before the shims' DT_INIT. Theirs wait for their turns (turns/beginnings.h).
void open_before_others();

}  // namespace bulkhead::runtime
