// Functions of the program that tools replace, for callers in the program.
//
// A hook is a rule: calls of that name and version by those libraries go to the replacement. What
// the rules mean for a word (a GOT entry, a PLT slot, a pointer in data) is always worked out from
// all of them, and what the word held before is remembered: so hooks come and go in any order.
//
// All but find_replacement is for who holds ld.so's lock (process/loader_lock.h), which keeps
// libraries where they are.
#pragma once

#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "tool/references.h"

namespace bulkhead::tool {

constexpr std::size_t kMaxHooks = 1024;

struct Rule {
  std::string_view name;
  std::string_view version;  // empty: any
  std::string_view callers;  // a pattern; without data(): any library of the program
  elf::Addr replacement = 0;
  elf::Addr* original = nullptr;  // may be null
  bool own_calls = false;         // see BH_HOOK_OWN_CALLS
};

struct Hook;

// Adds hooks for these rules, whose strings are copied; all or none. `hooks`: one for each rule.
Status add_hooks(Arena& arena, Program& program, std::span<const Rule> rules,
                 std::span<Hook*> hooks);

// Takes one off; it must not be used afterwards.
void remove_hook(Program& program, Hook* hook);

// What the functions that are hooked by bulkhead itself lead to: beneath all hooks of tools, and
// only where the program has glibc's. Once.
void add_own_hooks(Arena& arena, Program& program, std::span<const Rule> rules);

// Libraries have come, which have been relocated and which nobody has called yet. `came` is one for
// each library of `program`.
void hook_arrivals(Arena& arena, Program& program, std::span<const bool> came);

// What lay there is unmapped, or something else by now.
void forget_words(elf::Addr begin, elf::Addr end);

// Definitions that were there may have gone: originals are looked up anew.
void renew_originals(Program& program);

// Writes words again that somebody else has bound: another part of bulkhead, or a thread that was
// just binding lazily.
void renew_words(Program& program);

// For dlsym: what a caller in that library gets instead of `found`; 0: `found` itself. An empty
// version means dlsym; `found` 0: the first definition there is, which RTLD_DEFAULT asks for.
// Takes no lock at all: other threads may be changing hooks, and a child of fork lacks them.
elf::Addr find_replacement(std::string_view name, std::string_view version, elf::Addr found,
                           const Library& caller);

// Whether any library is to be looked at when it comes. Takes no lock.
bool any_hooks();
bool is_hooked(std::string_view name);

}  // namespace bulkhead::tool
