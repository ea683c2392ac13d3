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

// The SONAME of the image with the program's names that stands just before libc.so.6, where
// RTLD_NEXT finds them. (Another one with the same names is the first in lookup.)
inline constexpr std::string_view kProgramsNamesNext = "bulkhead-program-libc-next";

// --- What an opening asks. Of a capsule that is not isolated all of it is nothing.

// Before the first opening, and before its libraries are looked for. Errors: the request asks for
// what an isolated capsule cannot have.
Status begin(Arena& arena, capsule::Capsule& capsule, process::BaseView& base);

// Whether a closure, with which the capsule begins, has no libc, and has not looked for one in
// vain.
bool lacks_own_libc(const capsule::Capsule& capsule, const resolve::Closure& closure);

// The program's unwinder, if it has one, which an isolated capsule begins with: its libc would open
// one by name. (It unwinds for nobody but backtrace(): threads are cancelled by the program's.)
std::string_view unwinder_of(const capsule::Capsule& capsule, process::BaseView& base);

// An image that a manifest lists.
struct Image {
  std::string_view soname;
  Pieces bytes;  // empty: it was made for an earlier one, and is found by its name
};

// The images that every manifest lists, by their places in lookup.
struct Contributions {
  std::span<const Image> first;        // before all others
  std::span<const Image> before_libc;  // just before libc.so.6
};

// Errors: the closure with which the capsule begins has another build of libc than the program's,
// or none.
Result<Contributions> contributions(Arena& arena, const capsule::Capsule& capsule,
                                    process::BaseView& base, const resolve::Closure& closure);

// When ld.so has relocated `first` and what comes after it in a namespace's list, and before their
// constructors. With the capsule's libc among them: makes IsolatedLibc.
Status prepare_isolated(Arena& arena, capsule::Capsule& capsule, process::BaseView& base,
                        link_map* first);

}  // namespace bulkhead::isolation
