// bulkhead symbols: what a library exports.
#include <fmt/core.h>
#include <stdio.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command_line.h"
#include "elf/object.h"
#include "messages/failure.h"
#include "resolve/search.h"
#include "resolve/tree.h"
#include "suggest/near.h"
#include "trusted/named_trees.h"

namespace bulkhead::cli {
namespace {

constexpr const char* kAbout =
    R"(List what a library exports: name, version (@@ marks the default one), kind and size.

LIB is a SONAME, found as the dynamic linker of the tree would find it, or a path
inside the tree.)";

constexpr const char* kMore =
    R"(Examples:
  bulkhead symbols libz.so.1
  bulkhead symbols --tree /host libGL.so.1 --json | jq -r '.symbols[].name'

Exit status:
  0    printed
  125  not found, or not a library

Kinds: function; data; ifunc (a function chosen when it is bound); tls (thread-local
data); unique (one in a process, whatever the namespace); absolute.)";

const char* kind_of(const elf::Sym& symbol) {
  if (elf::symbol_binding(symbol) == STB_GNU_UNIQUE) return "unique";
  switch (elf::symbol_type(symbol)) {
    case STT_FUNC: return "function";
    case STT_GNU_IFUNC: return "ifunc";
    case STT_TLS: return "tls";
    case STT_OBJECT:
    case STT_COMMON: return symbol.st_shndx == SHN_ABS ? "absolute" : "data";
    default: return symbol.st_shndx == SHN_ABS ? "absolute" : "untyped";
  }
}

// Linkers define each version node as a symbol of its own name, which nobody refers to.
bool is_listed(const elf::Object& object, elf::SymbolIndex index) {
  const elf::Sym& symbol = object.symbols[index];
  bool node =
      symbol.st_shndx == SHN_ABS && object.symbols.name(index) == object.versions.name(index);
  return elf::is_exported(symbol) && !node;
}

std::string as_table(const elf::Object& object) {
  std::string text;
  for (elf::SymbolIndex i : object.symbols.indices()) {
    const elf::Sym& symbol = object.symbols[i];
    if (!is_listed(object, i)) continue;
    std::string name(object.symbols.name(i));
    if (std::string_view version = object.versions.name(i); !version.empty()) {
      name += (object.versions.is_default(i) ? "@@" : "@") + std::string(version);
    }
    text +=
        fmt::format("{:<9} {:>8}  {}\n", kind_of(symbol), symbol.st_size, messages::shown(name));
  }
  return text;
}

nlohmann::json as_json(const elf::Object& object, std::string_view file) {
  nlohmann::json json;
  json["file"] = file;
  json["soname"] = object.dynamic.soname();
  json["symbols"] = nlohmann::json::array();
  for (elf::SymbolIndex i : object.symbols.indices()) {
    const elf::Sym& symbol = object.symbols[i];
    if (!is_listed(object, i)) continue;
    json["symbols"].push_back({{"name", object.symbols.name(i)},
                               {"version", object.versions.name(i)},
                               {"default", object.versions.is_default(i)},
                               {"kind", kind_of(symbol)},
                               {"weak", elf::symbol_binding(symbol) == STB_WEAK},
                               {"size", symbol.st_size}});
  }
  return json;
}

void print(const std::string& tree_path, const std::string& library, bool json) {
  Arena arena;
  resolve::Tree tree = messages::take_or_fail(arena, resolve::Tree::open(arena, tree_path));
  resolve::Searcher searcher = messages::take_or_fail(arena, resolve::Searcher::open(arena, tree));
  Result<resolve::Found> found = searcher.find(library, {});
  if (!found) {
    std::string text(render(arena, found.error()));
    std::string near;
    if (found.error().fault == Fault::missing) {
      for (const std::string& name : suggest::near_names(tree, searcher.searched(), library)) {
        near += (near.empty() ? "" : ", ") + name;
      }
    }
    throw messages::Failure(text + (near.empty() ? "" : "; the tree has " + near));
  }
  Result<elf::Object> object = elf::Object::read(arena, found->image);
  if (!object)
    throw messages::Failure(std::string(found->file.host_path) + ": " +
                            std::string(render(arena, object.error())));
  if (Status names = object->check_names(); !names) {
    throw messages::Failure(std::string(found->file.host_path) + ": " +
                            std::string(render(arena, names.error())));
  }
  std::string text = json ? as_json(*object, found->file.host_path)
                                    .dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
                                "\n"
                          : as_table(*object);
  ::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace

void add_symbols(CLI::App& app) {
  struct Settings {
    std::string tree = "/", library;
    bool json = false;
  };
  auto settings = std::make_shared<Settings>();
  CLI::App* command = app.add_subcommand("symbols", kAbout);
  command
      ->add_option("--tree", settings->tree,
                   "The system's files: a directory, or a name (bulkhead tree); default: /")
      ->type_name("TREE");
  command->add_flag("--json", settings->json, "Print JSON");
  command->add_option("LIB", settings->library, "SONAME, or path inside the tree")->required();
  command->footer(kMore);
  command->callback([settings] {
    print(trusted::require_tree(settings->tree), settings->library, settings->json);
  });
}

}  // namespace bulkhead::cli
