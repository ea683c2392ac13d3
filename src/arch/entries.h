// How many entries there are for calls from inside capsules, in assembly (FOLDER/<cpu>/*.S) and in
// C++: both include this.
#pragma once

// glibc's DL_NNS is 16, and the program has one of the namespaces.
#define BULKHEAD_CAPSULES 15

// inside/<cpu>/hooks.S: for each capsule so many.
#define BULKHEAD_HOOKS 96

// isolation/<cpu>/streams.S: for each capsule so many for functions of stdio whose first, second …
// argument is the stream.
#define BULKHEAD_STREAMS_FIRST 112
#define BULKHEAD_STREAMS_SECOND 32
#define BULKHEAD_STREAMS_THIRD 8
#define BULKHEAD_STREAMS_FOURTH 16
#define BULKHEAD_STREAMS_FIFTH 4

#ifndef __ASSEMBLER__

#include <cstddef>

namespace bulkhead::arch {

inline constexpr std::size_t kCapsules = BULKHEAD_CAPSULES;
inline constexpr std::size_t kHooks = BULKHEAD_HOOKS;
inline constexpr std::size_t kStreamEntries[] = {BULKHEAD_STREAMS_FIRST, BULKHEAD_STREAMS_SECOND,
                                                 BULKHEAD_STREAMS_THIRD, BULKHEAD_STREAMS_FOURTH,
                                                 BULKHEAD_STREAMS_FIFTH};

}  // namespace bulkhead::arch

#endif
