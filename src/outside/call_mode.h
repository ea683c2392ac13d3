// How the program has called the dlopen that is under way.
#pragma once

namespace bulkhead::outside {

// The mode of the call that this thread is about to pass on to ld.so.
void note_call(int mode);

// For a shim that is being opened: whether the dlopen that this thread is in has RTLD_GLOBAL, or
// RTLD_DEEPBIND, as far as it was noted. (Of the first one, before anything is hooked, nobody
// knows.)
bool was_opened_global();
bool was_opened_deep();

}  // namespace bulkhead::outside
