// What the command hands to the program beside shims, read on the other side. Parts behind form
// feeds:
//
//   a request, keys and values with new lines behind them;   a path;
//   LD_LIBRARY_PATH or LD_PRELOAD;                           a directory that is to be taken out of
//   it; GLIBC_TUNABLES;                                          the list of tools in a cache
//   entry.
//
// A record of a capsule is made of the request, or refused; paths are mapped as it says; what is
// taken out of a list is that and nothing else, as a plain loop over the same text finds; tunables
// keep what was in them.
#include <stdio.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <source_location>
#include <string>
#include <vector>

#include "base/text.h"
#include "capsule/capsule.h"
#include "fuzz_tree.h"
#include "inside/path_map.h"
#include "messages/failure.h"
#include "plan/wishes.h"
#include "preload/tool_plan.h"
#include "preload/tunables.h"
#include "process/environment.h"

using namespace bulkhead;

namespace {

void expect(bool holds, std::source_location where = std::source_location::current()) {
  if (holds) return;
  ::dprintf(1, "line %u does not hold\n", static_cast<unsigned>(where.line()));
  std::abort();
}

// As a C string has it.
std::string text_of(std::string_view part) { return std::string(part.substr(0, part.find('\0'))); }

void make_capsule(std::string_view part, const std::string& path) {
  std::string bytes(part);
  for (char& c : bytes) c = c == '\n' ? '\0' : c;
  static const capsule::HookTable no_hooks{};
  const capsule::Origin origin = {bytes, "/usr/lib", no_hooks};
  Result<capsule::Capsule*> made = capsule::make_capsule(origin);
  if (!made) return;
  const capsule::Capsule& capsule = **made;
  expect(capsule.request_bytes() == bytes);
  const handoff::Request& request = capsule.request();
  static_cast<void>(
      plan::find_contradiction({request.expose, request.share, request.keep_private}));
  const inside::MappedPath mapped = inside::mapped_path(capsule, path.c_str());
  if (mapped.any()) {
    std::vector<char> to(mapped.size());
    mapped.write(to.data());
    expect(std::strlen(to.data()) == to.size() - 1 && path.ends_with(mapped.rest));
  }
  capsule::destroy_capsule(*made);
}

std::string_view without_slashes(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path;
}

// What is left of a list, entry by entry.
template <class Test>
std::vector<std::string> entries(std::string_view list, const char* separators, Test is_left_out) {
  std::vector<std::string> kept;
  for (;;) {
    const std::size_t end = list.find_first_of(separators);
    const std::string_view entry = list.substr(0, end);
    if (!is_left_out(entry)) kept.emplace_back(entry);
    if (end == std::string_view::npos) return kept;
    list.remove_prefix(end + 1);
  }
}

void take_out(const std::string& variable, const std::string& list, const std::string& directory) {
  const bool preload = variable == "LD_PRELOAD=";
  const char* separators = preload ? ": " : ":;";
  auto is_left_out = [&](std::string_view entry) {
    if (!preload) return without_slashes(entry) == without_slashes(directory);
    return entry.find('/') != std::string_view::npos && directory_of(entry) == directory;
  };
  std::string own = variable + list, before = "BEFORE=" + list, behind = variable + "x" + list;
  std::vector<char*> environment = {before.data(), own.data(), behind.data(), nullptr};
  char** const original = __environ;
  Arena arena;
  __environ = environment.data();
  if (!preload) {
    const bool is_in = process::is_in_library_path(arena, directory);
    const bool has_some = entries(list, separators, [&](std::string_view entry) {
                            return !is_left_out(entry);
                          }).size() != 0;
    // An empty entry at the end is none for is_in_library_path.
    if (!list.empty() && !list.ends_with(':') && !list.ends_with(';')) expect(is_in == has_some);
    process::take_from_library_path(arena, directory);
  } else {
    process::take_from_preload(arena, directory);
  }
  __environ = original;
  expect(environment[0] == before.data());
  const std::vector<std::string> wanted =
      list.empty() ? std::vector<std::string>{""} : entries(list, separators, is_left_out);
  std::string left = environment[1];
  if (list.empty()) return expect(left == variable);
  // An entry that means nothing, alone, is a variable that can go.
  if (wanted.empty() || (wanted.size() == 1 && wanted[0].empty())) {
    return expect(environment[1] == nullptr || !left.starts_with(own + ":"));
  }
  expect(left.starts_with(variable));
  expect(entries(left.substr(variable.size()), separators,
                 [](std::string_view) { return false; }) == wanted);
}

void raise_tunable(const std::string& existing) {
  const std::string raised = preload::with_static_tls(existing);
  expect(preload::with_static_tls(raised) == raised);
  expect(raised.find("glibc.rtld.optional_static_tls=") != std::string::npos);
}

void read_order(const FuzzTree& files, std::string_view order) {
  files.write("preload", order);
  try {
    static_cast<void>(preload::preload_from(files.path().string()));
  } catch (const messages::Failure&) {
  }
  ::unsetenv("LD_PRELOAD");
  ::unsetenv("GLIBC_TUNABLES");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const FuzzTree files;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const std::string_view request = split_off(rest, '\f');
  const std::string path = text_of(split_off(rest, '\f'));
  const std::string list = text_of(split_off(rest, '\f'));
  const std::string directory = text_of(split_off(rest, '\f'));
  const std::string tunables = text_of(split_off(rest, '\f'));
  make_capsule(request, path);
  take_out("LD_LIBRARY_PATH=", list, directory);
  take_out("LD_PRELOAD=", list, directory);
  raise_tunable(tunables);
  if (size % 8 == 0) read_order(files, rest);  // it takes longer than all others together
  return 0;
}
