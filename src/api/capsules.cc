// bh_capsule_*: a capsule is opened from what the caller lists, and asked for its name, tree and
// namespace.
#include "api/interface.h"
#include "api/registry.h"
#include "base/diagnostics.h"
#include "base/keep_errno.h"
#include "base/list.h"
#include "base/text.h"
#include "opening/demand.h"
#include "outside/late_exposure.h"
#include "outside/plugins.h"
#include "plan/wishes.h"
#include "resolve/tree.h"
#include "shims/expose_late.h"

namespace bulkhead::api {
namespace {

using capsule::Capsule;

using Names = std::span<const std::string_view>;

Names names_of(Arena& arena, const char* const* strings) {
  List<std::string_view> names(arena);
  for (; strings != nullptr && *strings != nullptr; ++strings) names.push_back(*strings);
  return names.view();
}

// Sets, so that their order does not tell capsules apart.
Names set_of(Arena& arena, const char* const* strings) {
  List<std::string_view> set(arena);
  for (std::string_view name : names_of(arena, strings)) {
    std::size_t at = 0;
    while (at < set.size() && set[at] < name) ++at;
    if (at < set.size() && set[at] == name) continue;
    set.push_back(name);
    for (std::size_t i = set.size() - 1; i > at; --i) set[i] = set[i - 1];
    set[at] = name;
  }
  return set.view();
}

// The same directory has one name.
std::string_view tree_of(std::string_view tree) {
  while (tree.size() > 1 && tree.ends_with('/')) tree = take(tree, tree.size() - 1);
  return tree;
}

Names maps_of(Arena& arena, std::string_view tree, const char* const* strings) {
  List<std::string_view> maps(arena);
  for (std::string_view map : names_of(arena, strings)) {
    maps.push_back(map.find('=') != std::string_view::npos ? map
                                                           : join(arena, {map, "=", tree, map}));
  }
  return maps.view();
}

std::string_view words_for(plan::Wish wish) {
  switch (wish) {
    case plan::Wish::expose: return "exposed";
    case plan::Wish::share: return "shared";
    case plan::Wish::keep_private: return "kept private";
  }
  return "";
}

Status check(Arena& arena, const handoff::Request& request) {
  auto found = plan::find_contradiction({request.expose, request.share, request.keep_private});
  if (!found) return {};
  if (found->kind == plan::Contradiction::Kind::two_wishes) {
    return fail(
        Fault::conflict,
        join(arena, {"is to be ", words_for(found->wish), " and ", words_for(found->other)}),
        found->name, {}, "take it out of one of the two");
  }
  return fail(Fault::conflict, join(arena, {"cannot be ", words_for(found->wish)}), found->name,
              "it is shared with every capsule");
}

bh_code require_absolute(Arena& arena, Names paths, std::string_view to_be, bh_error** error) {
  for (std::string_view path : paths) {
    if (path.starts_with('/')) continue;
    return report_argument(join(arena, {"bh_capsule_open: what is to be ", to_be, ", \"", path,
                                        "\", is no absolute path"}),
                           error);
  }
  return BH_OK;
}

bh_code open(const bh_capsule_options& options, bh_capsule** capsule, bh_error** error) {
  constexpr std::uint32_t kKnownFlags =
      BH_CAPSULE_ISOLATED | BH_CAPSULE_OWN_HEAP | BH_CAPSULE_STRICT;
  if ((options.flags & ~kKnownFlags) != 0 || options.reserved != 0) {
    return report_later("bh_capsule_open", "flags", error);
  }
  bool isolated = (options.flags & BH_CAPSULE_ISOLATED) != 0;
  bool own_heap = (options.flags & BH_CAPSULE_OWN_HEAP) != 0;
  if (own_heap && !isolated) {
    return report_argument(
        "bh_capsule_open: BH_CAPSULE_OWN_HEAP needs BH_CAPSULE_ISOLATED, since the heap is libc's",
        error);
  }
  Arena arena;
  handoff::Request request;
  request.tree = options.tree != nullptr ? options.tree : "/";
  request.name = options.name != nullptr ? options.name : "";
  if (!request.tree.starts_with('/')) {
    return report_argument(
        join(arena, {"bh_capsule_open: the tree \"", request.tree, "\" is no absolute path"}),
        error);
  }
  if (request.name.starts_with(kReservedName)) {
    return report_argument(
        join(arena,
             {"bh_capsule_open: names that begin with # are bulkhead's own (", request.name, ")"}),
        error);
  }
  request.tree = tree_of(request.tree);
  request.share = set_of(arena, options.share);
  request.keep_private = set_of(arena, options.keep_private);
  request.expose = set_of(arena, options.expose);
  request.library_path = names_of(arena, options.library_path);
  request.isolated = isolated;
  request.own_heap = own_heap;
  request.map = maps_of(arena, request.tree, options.map);
  request.strict = (options.flags & BH_CAPSULE_STRICT) != 0;
  request.permit = set_of(arena, options.permit);
  request.plugins = set_of(arena, options.plugins);
  if (!request.permit.empty() && !request.strict) {
    return report_argument("bh_capsule_open: permit needs BH_CAPSULE_STRICT", error);
  }
  if (bh_code code = require_absolute(arena, request.map, "mapped", error); code != BH_OK)
    return code;
  if (bh_code code = require_absolute(arena, request.permit, "permitted", error); code != BH_OK)
    return code;
  for (std::string_view pattern : request.plugins) {
    if (pattern.starts_with('/') || pattern.starts_with('*')) continue;
    return report_argument(join(arena, {"bh_capsule_open: the plugin \"", pattern,
                                        "\" is no absolute path, nor a pattern of such"}),
                           error);
  }
  if (Status checked = check(arena, request); !checked) return report(checked.error(), error);
  Result<Capsule*> opened = open_request(arena, request);
  if (!opened) return report(opened.error(), error);
  *capsule = as_handle(*opened);
  return BH_OK;
}

}  // namespace

Result<Capsule*> open_request(Arena& arena, const handoff::Request& request) {
  handoff::Request mine = request;
  mine.of_interface = true;
  // Before anything is made for it.
  if (Result<resolve::Tree> tree = resolve::Tree::open(arena, mine.tree); !tree) {
    return std::unexpected(tree.error());
  }
  Result<Registered> entry =
      register_request(arena, handoff::encode(arena, mine), !mine.expose.empty());
  if (!entry) return std::unexpected(entry.error());
  Capsule& capsule = *entry->capsule;
  Attempt attempt(capsule);
  // A namespace would be lost.
  if (Status free = shims::check_exposed(arena, capsule); !free) {
    return std::unexpected(free.error());
  }
  if (Status opened = opening::open_empty(arena, capsule); !opened) {
    return std::unexpected(opened.error());
  }
  if (!capsule.request().expose.empty()) outside::expose_late(capsule);
  if (!capsule.request().plugins.empty()) outside::take_plugins();
  return &capsule;
}

}  // namespace bulkhead::api

extern "C" {

__attribute__((visibility("default"))) bh_code bh_capsule_open(const bh_capsule_options* given,
                                                               bh_capsule** capsule,
                                                               bh_error** error) {
  using namespace bulkhead::api;
  bulkhead::KeepErrno keep;
  bh_capsule_options options = {};
  if (capsule == nullptr)
    return report_argument("bh_capsule_open: no place for the capsule", error);
  if (given != nullptr) {
    bh_code code = read_structure("bh_capsule_open", given, kFirstOptions, options, error);
    if (code != BH_OK) return code;
  }
  return open(options, capsule, error);
}

// Namespaces are kept, and joined by who opens the same: there is nothing to count.
__attribute__((visibility("default"))) void bh_capsule_close(bh_capsule*) {}

// The request's strings end with a zero, as handoff::encode has it.
__attribute__((visibility("default"))) const char* bh_capsule_name(const bh_capsule* capsule) {
  std::string_view name = bulkhead::api::capsule_of(capsule).request().name;
  return name.empty() ? "" : name.data();
}

__attribute__((visibility("default"))) const char* bh_capsule_tree(const bh_capsule* capsule) {
  return bulkhead::api::capsule_of(capsule).request().tree.data();
}

__attribute__((visibility("default"))) long bh_capsule_namespace(const bh_capsule* capsule) {
  return bulkhead::api::capsule_of(capsule).space().id();
}
}
