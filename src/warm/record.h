// What a start wrote down for the next one of the same kind: on which words and which surroundings
// it depended, and what came of it.
//
// `bulkhead run` finds out each time which program is meant, which shims it gets and whether these
// still hold. All that it looks at for that can be written down as a list of facts. A later start
// with the same words, for which each fact is still true, ends as that one did: so it need not find
// out, only compare. That is done by `start.cc`, before libc is there, and in any doubt not at all:
// then the command goes the whole way.
//
// A record is a file DIRECTORY/starts/NAME, where DIRECTORY is that of the cache and NAME a hash.
// It is a row of texts, each with a NUL behind it, whose first character tells what they are
// (`Tag`). This header is for who writes it and for who reads it; it needs no libc.
#pragma once

#include <cstddef>

#include "base/fnv1a.h"

namespace bulkhead::warm {

inline constexpr char kFormat[] = "bulkhead start 1";
inline constexpr char kDirectory[] = "/starts";

// What fits into the reader's memory. A start with more goes the whole way.
inline constexpr std::size_t kMaxRecord = 32 * 1024;
inline constexpr std::size_t kMaxStamp = 256 * 1024;

enum Tag : char {
  kSelf = 'x',      // the command's own path, as /proc/self/exe says it
  kHere = 'd',      // the working directory
  kUser = 'u',      // user and group
  kWord = 'a',      // of the command line, from the subcommand on to the program
  kVariable = 'e',  // NAME=VALUE, or NAME of one that is not set
  kFacts = '=',     // of a file, as in a stamp, or that it is not there
  kReadable = 'o',  // a file that has to be readable and executable
  kTrusted = '^',   // a directory that nobody else can exchange: see trusted/directory.h
  kKey = 'k',       // the key that the stamp has
  kEntry = 'n',     // the directory of shims
  kProgram = 'r',   // what execve gets
  kSetting = 's',   // NAME=VALUE that the program's environment has
  kEnd = '.'
};

// All variables that the way to a directory of shims depends on, each with a NUL behind it. Others,
// which a profile sets, are in the record.
inline constexpr char kVariables[] =
    "PATH\0HOME\0XDG_CACHE_HOME\0XDG_RUNTIME_DIR\0XDG_CONFIG_HOME\0XDG_DATA_HOME\0BULKHEAD_TREE\0"
    "BULKHEAD_LIBDIR\0BULKHEAD_DEBUG\0LD_LIBRARY_PATH\0LD_PRELOAD\0GLIBC_TUNABLES\0";

// Options of `run` after which a start can be written down. Others make it say more, or keep it
// from the usual cache, or read a file that may say anything.
inline constexpr char kWithValue[] =
    "--tree\0-t\0--expose\0-e\0--profile\0-p\0--share\0--private\0--prefer\0--map\0--library-path\0"
    "--permit\0--on-failure\0--plugin\0";
inline constexpr char kAlone[] = "--strict\0--no-strict\0--no-inherit\0--inherit\0";

constexpr std::size_t length(const char* text) {
  std::size_t size = 0;
  while (text[size] != '\0') ++size;
  return size;
}

constexpr bool same(const char* a, const char* b) {
  for (; *a == *b; ++a, ++b) {
    if (*a == '\0') return true;
  }
  return false;
}

// Whether `text` begins with `start`, and the rest of it; null if not.
constexpr const char* after(const char* text, const char* start) {
  for (; *start != '\0'; ++text, ++start) {
    if (*text != *start) return nullptr;
  }
  return text;
}

// Whether a list as above has the text up to `end`.
constexpr bool has(const char* list, const char* text, const char* end) {
  for (; *list != '\0'; list += length(list) + 1) {
    const char* at = text;
    const char* each = list;
    while (at != end && *at == *each && *each != '\0') ++at, ++each;
    if (at == end && *each == '\0') return true;
  }
  return false;
}

// Of a command line the number of the word that is the program, as `run` takes it apart; 0: it
// cannot be told here, or the start is none that is written down.
inline std::size_t program_at(const char* const* words) {
  if (words[0] == nullptr || words[1] == nullptr || !same(words[1], "run")) return 0;
  std::size_t i = 2;
  for (; words[i] != nullptr && words[i][0] == '-' && !same(words[i], "--"); ++i) {
    const char* end = words[i];
    while (*end != '\0' && *end != '=') ++end;
    const bool has_value = *end == '=' && words[i][1] == '-';
    if (*end == '=' && !has_value) return 0;
    if (has(kWithValue, words[i], end)) {
      if (!has_value && words[++i] == nullptr) return 0;
    } else if (has_value || !has(kAlone, words[i], end)) {
      return 0;
    }
  }
  if (words[i] != nullptr && same(words[i], "--")) ++i;
  return words[i] == nullptr || words[i][0] == '\0' ? 0 : i;
}

// The value of NAME in an environment; null if it has none.
inline const char* value_of(const char* name, const char* const* environment) {
  for (; *environment != nullptr; ++environment) {
    const char* rest = after(*environment, name);
    if (rest != nullptr && *rest == '=') return rest + 1;
  }
  return nullptr;
}

// Only a file's name. All that it is of is in the record, too.
class Hash {
 public:
  constexpr void add(const char* text) {
    do {
      hash_.add(*text);
    } while (*text++ != '\0');
  }
  static constexpr std::size_t kDigits = 16;
  void write(char* digits) const {
    for (unsigned i = 0; i < kDigits; ++i) {
      const unsigned digit = static_cast<unsigned>(hash_.sum() >> (60 - 4 * i)) & 15U;
      digits[i] = static_cast<char>(digit < 10 ? '0' + digit : 'a' + (digit - 10));
    }
  }

 private:
  Fnv1a hash_;
};

// The name of the record of a start. `program` as program_at told it.
inline Hash name_of(const char* const* words, std::size_t program, const char* here,
                    const char* const* environment) {
  Hash hash;
  for (std::size_t i = 1; i <= program; ++i) hash.add(words[i]);
  hash.add(here);
  for (const char* name = kVariables; *name != '\0'; name += length(name) + 1) {
    const char* value = value_of(name, environment);
    hash.add(value == nullptr ? "" : value);
  }
  return hash;
}

}  // namespace bulkhead::warm
