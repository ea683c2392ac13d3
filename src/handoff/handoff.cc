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
  put_all("map-if-there", request.map_if_there);
  put_all("at", request.at);
  put_all("planned", request.planned);
  put_all("native", request.native);
  put_all("preloaded", request.preloaded);
  put_all("program", request.of_program);
  if (request.native_on_failure) put("on-failure", "native");
  if (request.keep_from_children) put("inherit", "no");
  if (!request.name.empty()) put("name", request.name);
  if (request.of_interface) put("interface", "yes");
  put_all("path", request.library_path);
  put_all("plugin", request.plugins);
  if (request.isolated) put("isolated", "yes");
  if (request.own_heap) put("heap", "own");
  if (request.preload) put("preload", "yes");
  if (!request.policy.empty()) put("policy", request.policy);
  if (request.strict) put("strict", "yes");
  put_all("permit", request.permit);
  return {bytes.begin(), bytes.size()};
}

Result<Request> decode(Arena& arena, std::string_view bytes) {
  List<std::string_view> expose(arena), share(arena), keep_private(arena), map(arena),
      map_if_there(arena), at(arena), planned(arena), native(arena), preloaded(arena),
      of_program(arena), library_path(arena), plugins(arena), permit(arena);
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
    if (key == "map-if-there") map_if_there.push_back(value);
    if (key == "program") of_program.push_back(value);
    if (key == "at") at.push_back(value);
    if (key == "planned") planned.push_back(value);
    if (key == "native") native.push_back(value);
    if (key == "preloaded") preloaded.push_back(value);
    if (key == "on-failure") request.native_on_failure = value == "native";
    if (key == "inherit") request.keep_from_children = value == "no";
    if (key == "name") request.name = value;
    if (key == "interface") request.of_interface = value == "yes";
    if (key == "path") library_path.push_back(value);
    if (key == "plugin") plugins.push_back(value);
    if (key == "isolated") request.isolated = value == "yes";
    if (key == "heap") request.own_heap = value == "own";
    if (key == "preload") request.preload = value == "yes";
    if (key == "policy") request.policy = value;
    if (key == "strict") request.strict = value == "yes";
    if (key == "permit") permit.push_back(value);
  }
  if (request.tree.empty()) return fail(Fault::malformed, "holds a request without a tree");
  request.expose = expose.view();
  request.share = share.view();
  request.keep_private = keep_private.view();
  request.map = map.view();
  request.map_if_there = map_if_there.view();
  request.at = at.view();
  request.planned = planned.view();
  request.native = native.view();
  request.preloaded = preloaded.view();
  request.of_program = of_program.view();
  request.library_path = library_path.view();
  request.plugins = plugins.view();
  request.permit = permit.view();
  return request;
}

}  // namespace bulkhead::handoff
