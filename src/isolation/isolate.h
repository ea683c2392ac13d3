// Isolated capsules: a libc of their own, made safe.
//
// In an isolated capsule libc.so.6 and its kin come from the tree; nothing of glibc has a mirror
// but the dynamic linker, of which there is one in a process. What two libcs must not both do is
// taken from the program's: an image in front of all others in the capsule defines those names
// (isolated_names.h) as the base's, so that all references inside lead there, libc's own to malloc
// and environ among them. Words by which the capsule's libc finds errno are changed to lead to the
// base's before any code of it runs. The rest is done when the libc is there: its streams are
// locked around fork and flushed at exit, its locale follows the base's.
//
// The two libcs are the same build: they share ld.so's data and the threads' control blocks.
#pragma once

#include <link.h>

#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/fd.h"
#include "base/result.h"
#include "capsule/capsule.h"
#include "process/base_view.h"
#include "resolve/closure.h"

namespace bulkhead::isolation {

// SONAMEs of the image with the program's names: the first in lookup; and once more just before
// libc.so.6, where RTLD_NEXT finds them.
inline constexpr std::string_view kProgramsNames = "bulkhead-program-libc";
inline constexpr std::string_view kProgramsNamesNext = "bulkhead-program-libc-next";

// Before the first opening of an isolated capsule, and before its libraries are looked for.
// Errors: the request asks for what an isolated capsule cannot have.
Status begin_isolated(Arena& arena, capsule::Capsule& capsule, process::BaseView& base);

// Whether a closure, with which an isolated capsule begins, has no libc, and has not looked for
// one in vain.
bool lacks_own_libc(const capsule::Capsule& capsule, const resolve::Closure& closure);

// The images that an isolated capsule begins with; of others, and later, they are empty.
struct ProgramsNames {
  Pieces first;
  Pieces next;
};

// Errors: the closure has no libc, or another build of it than the program's.
Result<ProgramsNames> programs_names(Arena& arena, const capsule::Capsule& capsule,
                                     process::BaseView& base, const resolve::Closure& closure);

// When ld.so has relocated `first` and what comes after it in a namespace's list, and before their
// constructors. With the capsule's libc among them: makes IsolatedLibc.
Status prepare_isolated(Arena& arena, capsule::Capsule& capsule, process::BaseView& base,
                        link_map* first);

}  // namespace bulkhead::isolation
