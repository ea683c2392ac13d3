// This library stays loaded once something open refers to it.
//
// DF_1_NODELETE does not do that by itself: ld.so heeds it when the dlopen that brings this library
// has succeeded, and unloads all that was brought if a later relocation fails. By then capsules may
// be open, whose words lead here.
#pragma once

namespace bulkhead::runtime {

// To be called when a capsule was opened while ld.so relocates what a dlopen brings. Costs nothing
// where this library is initialised already. Needs a few bytes of the program's heap, as the dlopen
// itself does.
void stay();

// This library is being initialised: ld.so unloads it no more.
void note_initialised();

}  // namespace bulkhead::runtime
