// What reaches the user: debug lines by topic, and errors as sentences. (Messages and last words:
// last_words.h.)
//
// BULKHEAD_DEBUG=resolve,open (or "all") turns topics on. A line is useful alone:
// "bulkhead[1234] resolve: libz.so.1 -> /host/usr/lib/libz.so.1 (ld.so.cache)".
// Each is written by one write(2) to descriptor 2, so lines of threads do not mix.
#pragma once

#include <initializer_list>
#include <string_view>

#include "base/last_words.h"
#include "base/result.h"

namespace bulkhead {

class Arena;

enum class Topic : unsigned {
  resolve,  // which file a name means
  plan,     // private, shared or exposed, and why
  image,    // generated images
  open,     // capsules and what is opened in them
  bind,     // what was bound where
  dl,       // dlopen and friends called inside a capsule
  paths,    // paths redirected into the tree
  compat,   // symbols that the base lacks
  heap,     // memory that is freed on the wrong side
};

// Reads BULKHEAD_DEBUG's value; unknown words are reported once on stderr. Call it
// once, before the first debug line; not thread-safe.
void set_debug_topics(std::string_view list);

// Turns one more on, at any time.
void enable_debug_topic(Topic topic);

bool debug_enabled(Topic topic);

// Writes one line if the topic is on. Build costly pieces only if debug_enabled().
void debug(Topic topic, std::initializer_list<std::string_view> pieces);

// The whole sentence for an error: what happened, to which file, why, what to do.
std::string_view render(Arena& arena, const Error& error);

// strerror without locale, allocation or lock: "system error" if we have no text for it.
std::string_view system_error_text(int number);

}  // namespace bulkhead
