// dl_iterate_phdr that lists the libraries of capsules too.
//
// glibc's lists the namespace of its caller alone. Code in a capsule that looks for the
// program's objects (crash reporters, garbage collectors, unwinders of its own) gets both.
// So does the base's own that was there before a capsule was opened: a leak checker would take for
// lost what only the capsule holds.
// Before glibc 2.35, which gave unwinders _dl_find_object, libgcc_s.so.1 of the base finds
// unwind tables by it: without a capsule's an exception thrown in there ends the program.
#pragma once

#include <span>

#include "capsule/hook.h"
#include "process/modules.h"

namespace bulkhead::outside {

std::span<const capsule::Hook> phdr_hooks();

// dl_iterate_phdr for the program: see base_hooks.h.
const void* wide_dl_iterate_phdr();

// Lets the base's libgcc_s.so.1 see all namespaces, if its release of glibc needs that.
void widen_unwinder(const elf::Object& libgcc);

}  // namespace bulkhead::outside
