#include "trees/order.h"

#include <fmt/core.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/diagnostics.h"
#include "messages/failure.h"
#include "suggest/near.h"
#include "trees/debian.h"
#include "trees/from_directory.h"
#include "trees/from_image.h"
#include "trees/interruption.h"
#include "trees/progress.h"
#include "trees/settle.h"
#include "trees/shelf.h"
#include "trusted/named_trees.h"

namespace bulkhead::trees {
namespace {

using messages::Failure;

void print(const std::string& text) { ::fwrite(text.data(), 1, text.size(), stdout); }

std::string absolute(const std::string& path) {
  char resolved[PATH_MAX];
  if (::realpath(path.c_str(), resolved) != nullptr) return resolved;
  return std::filesystem::absolute(path).string();  // who opens it says why not
}

// What is to be made, as its manifest will say it.
Manifest wish_of(const Order& order) {
  const bool has_packages = !order.packages.empty() || !order.profiles.empty();
  if (int{has_packages} + int{!order.image.empty()} + int{!order.from.empty()} != 1) {
    throw Failure(
        "bulkhead tree add makes a tree of packages (--packages or --profile), of an image "
        "(--image FILE) or of a directory (--from DIR); name one of these");
  }
  if (!order.suite.empty() && !has_packages) {
    throw Failure("--suite: is for --packages and --profile");
  }
  Manifest wish;
  if (has_packages) {
    wish.kind = Manifest::Kind::packages;
    wish.asked = order.packages;
    wish.profiles = order.profiles;
    for (std::string& profile : wish.profiles) {
      if (profile.find('/') != std::string::npos) profile = absolute(profile);
    }
    wish.suite = order.suite;
  } else if (!order.image.empty()) {
    wish.kind = Manifest::Kind::image;
    wish.path = absolute(order.image);
  } else {
    wish.path = absolute(trusted::require_tree(order.from));
  }
  return wish;
}

// Nothing if all is as it was made `before`.
std::optional<Manifest> fill(const Manifest& wish, const Manifest* before, const Shelf& shelf,
                             const Making& making, Progress& progress) {
  std::optional<Manifest> made;
  switch (wish.kind) {
    case Manifest::Kind::packages: made = fill_from_packages(wish, before, making, progress); break;
    case Manifest::Kind::image: made = fill_from_image(wish, before, making, progress); break;
    case Manifest::Kind::directory:
      made = fill_from_directory(wish, shelf.path(), making, progress);
  }
  if (!made) return made;
  const Contents contents = settle(making.files());
  if (contents.files == 0) throw Failure(making.files() + ": there is nothing in it");
  made->files = contents.files;
  made->bytes = contents.bytes;
  return made;
}

std::string contents_text(const Manifest& manifest) {
  std::string text = fmt::format("{} in {} files", size_text(manifest.bytes), manifest.files);
  if (!manifest.packages.empty()) text += fmt::format(" of {} packages", manifest.packages.size());
  return text;
}

void add(const Order& order) {
  if (order.names.size() != 1) throw Failure("bulkhead tree add makes one tree; give it one name");
  const std::string& name = order.names[0];
  if (!trusted::is_tree_name(name)) {
    throw Failure(name +
                  ": cannot be a tree's name; choose letters and digits, with . _ + - between");
  }
  Manifest wish = wish_of(order);
  Shelf shelf;
  if (shelf.has(name)) {
    throw Failure(name + ": there is a tree of that name; bulkhead tree update " + name +
                  " renews it, bulkhead tree remove " + name + " removes it");
  }
  Progress progress(name, order.quiet);
  if (wish.kind == Manifest::Kind::packages) choose_suite(wish, name, progress);
  Making making(shelf, name);
  std::optional<Manifest> made = fill(wish, nullptr, shelf, making, progress);
  making.publish(*made);
  progress.say("made: " + contents_text(*made));
}

void update(const Order& order, const std::string& name) {
  Shelf shelf;
  const Manifest before = shelf.manifest(name);
  Progress progress(name, order.quiet);
  Making making(shelf, name);
  std::optional<Manifest> made = fill(before, &before, shelf, making, progress);
  if (!made) return progress.say("is as it was: nothing of it is newer");
  making.replace(*made);
  progress.say("made anew: " + contents_text(*made));
}

struct Row {
  std::string name, size, made, source;
};

void print_table(const std::vector<Row>& rows) {
  std::size_t wide = 4;
  for (const Row& row : rows) wide = std::max(wide, row.name.size());
  std::string text;
  for (const Row& row : rows) {
    text += fmt::format("{:<{}}  {:>7}  {:<10}  {}\n", row.name, wide, row.size, row.made,
                        messages::shown(row.source));
  }
  print(text);
}

void list(const Order& order) {
  nlohmann::json json = nlohmann::json::array();
  std::vector<Row> rows{{"NAME", "SIZE", "MADE", "FROM"}};
  std::error_code none;
  const bool is_made = order.json || std::filesystem::exists(trusted::shelf_path(), none);
  std::optional<Shelf> shelf;
  if (is_made) shelf.emplace();  // before the names: it puts back what was left behind
  const std::vector<std::string> names = trusted::tree_names();
  if (names.empty() && !order.json) {
    return message({"there is no tree with a name; bulkhead help tree tells how to make one"});
  }
  for (const std::string& name : names) {
    try {
      const Manifest manifest = shelf->manifest(name);
      rows.push_back(
          {name, size_text(manifest.bytes), manifest.made.substr(0, 10), manifest.source_text()});
      if (order.json) json.push_back(nlohmann::json::parse(manifest.to_json()));
    } catch (const Failure& failure) {
      rows.push_back({name, "?", "?", failure.what()});
      json.push_back({{"name", name}, {"error", failure.what()}});
    }
  }
  if (!order.json) return print_table(rows);
  print(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void require_action(const Order& order) {
  if (std::ranges::find(kActions, order.action) != std::end(kActions)) return;
  const std::vector<std::string> known(std::begin(kActions), std::end(kActions));
  const std::vector<std::string> near = suggest::near_words(order.action, known);
  throw Failure("bulkhead tree " + order.action + ": there is no such action; " +
                (near.empty() ? "there are: add, list, update, remove, path"
                              : "did you mean " + near.front() + "?"));
}

void require_fitting(const Order& order) {
  const bool has_source = !order.packages.empty() || !order.profiles.empty() ||
                          !order.image.empty() || !order.from.empty() || !order.suite.empty();
  if (has_source && order.action != "add") {
    throw Failure("bulkhead tree " + order.action +
                  ": has no use for what a tree is made of; that is for bulkhead tree add");
  }
  if (order.action == "list") {
    if (!order.names.empty()) throw Failure("bulkhead tree list: lists all trees; name none");
  } else if (order.names.empty()) {
    throw Failure("bulkhead tree " + order.action + ": name the tree");
  }
}

}  // namespace

void carry_out(Order order) {
  if (order.action.empty()) order.action = "list";
  require_action(order);
  require_fitting(order);
  note_signals();
  try {
    if (order.action == "add") add(order);
    if (order.action == "list") list(order);
    for (const std::string& name : order.names) {
      if (order.action == "update") update(order, name);
      if (order.action == "remove") Shelf().remove(name);
      if (order.action == "path") {
        Shelf().require(name);
        print(trusted::require_tree(name) + "\n");
      }
    }
  } catch (const Interrupted& interrupted) {
    die_of_it(interrupted);
  }
}

}  // namespace bulkhead::trees
