// How the program has called the dlopen that is under way.
#pragma once

namespace bulkhead::outside {

// The mode of the call that this thread is about to pass on to ld.so.
void note_call(int mode);

// In a shim's DT_INIT: whether the dlopen that this thread is in has RTLD_GLOBAL, as far as it was
// noted. (Of the first one, before anything is hooked, nobody knows.)
bool was_opened_global();

}  // namespace bulkhead::outside
