#include "handoff/handoff.h"

#include "base/text.h"

namespace bulkhead::handoff {

std::string_view encode(Arena& arena, const Request& request) {
  List<char> bytes(arena);
  auto put = [&](std::string_view key, std::string_view value) {
    for (char c : key) bytes.push_back(c);
    bytes.push_back('=');
    for (char c : value) bytes.push_back(c);
    bytes.push_back('\0');
  };
  auto put_all = [&](std::string_view key, std::span<const std::string_view> values) {
    for (std::string_view value : values) put(key, value);
  };
  put("tree", request.tree);
  put_all("expose", request.expose);
  put_all("share", request.share);
  put_all("private", request.keep_private);
  put_all("map", request.map);
  // Only what is not the default: shims of releases that did not know these keys are equal.
  put_all("at", request.at);
  put_all("program", request.of_program);
  if (request.native_on_failure) put("on-failure", "native");
  if (request.keep_from_children) put("inherit", "no");
  return {bytes.begin(), bytes.size()};
}

Result<Request> decode(Arena& arena, std::string_view bytes) {
  List<std::string_view> expose(arena), share(arena), keep_private(arena), map(arena), at(arena),
      of_program(arena);
  Request request;
  if (bytes.empty() || bytes.back() != '\0') {
    return fail(Fault::malformed, "holds a damaged request");
  }
  while (!bytes.empty()) {
    std::string_view value = split_off(bytes, '\0');
    std::string_view key = split_off(value, '=');
    if (key == "tree") request.tree = value;
    if (key == "expose") expose.push_back(value);
    if (key == "share") share.push_back(value);
    if (key == "private") keep_private.push_back(value);
    if (key == "map") map.push_back(value);
    if (key == "program") of_program.push_back(value);
    if (key == "at") at.push_back(value);
    if (key == "on-failure") request.native_on_failure = value == "native";
    if (key == "inherit") request.keep_from_children = value == "no";
  }
  if (request.tree.empty()) return fail(Fault::malformed, "holds a request without a tree");
  request.expose = expose.view();
  request.share = share.view();
  request.keep_private = keep_private.view();
  request.map = map.view();
  request.at = at.view();
  request.of_program = of_program.view();
  return request;
}

}  // namespace bulkhead::handoff
