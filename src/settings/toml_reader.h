// What the readers of TOML files share: mistakes are Failures that start with FILE:LINE:COLUMN and
// name what was probably meant.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "survey/failure.h"
#include "survey/suggest.h"

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
// What toml++ asserts of a file it has an error for, too: no file ends the command by abort().
#define TOML_ASSERT(expr) static_assert(true)
#include <toml++/toml.h>

namespace bulkhead::settings {

class TomlReader {
 public:
  using Words = std::vector<std::string>;
  using Item = std::pair<const toml::key*, const toml::node*>;

  // `file` is how messages call it.
  explicit TomlReader(std::string file) : file_(std::move(file)) {}

  std::string place(const toml::source_position& at) const {
    return file_ + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
  }
  std::string place(const toml::node& node) const { return place(node.source().begin); }
  std::string place(const toml::key& key) const { return place(key.source().begin); }

  [[noreturn]] static void fail_at(const std::string& place, const std::string& text) {
    throw survey::Failure(place + ": " + text);
  }

  // "KEY is a number; it must be EXPECTED"
  [[noreturn]] void wrong_type(std::string_view key, const toml::node& node,
                               const std::string& expected) const {
    fail_at(place(node), std::string(key) + " is " + kind_of(node) + "; it must be " + expected);
  }

  toml::table parse(std::string_view text) const {
    toml::parse_result parsed = toml::parse(text);
    if (!parsed) {
      fail_at(place(parsed.error().source().begin), std::string(parsed.error().description()));
    }
    return std::move(parsed).table();
  }

  // toml++ sorts by name; the file's order is what the user sees.
  static std::vector<Item> in_order(const toml::table& table) {
    std::vector<Item> items;
    for (auto&& [key, node] : table) items.emplace_back(&key, &node);
    std::ranges::stable_sort(items, [](const Item& a, const Item& b) {
      return a.first->source().begin < b.first->source().begin;
    });
    return items;
  }

  void refuse_other_keys(const toml::table& table, const Words& known, const char* what) const {
    for (const auto& [key, node] : in_order(table)) {
      std::string name(key->str());
      if (std::ranges::find(known, name) != known.end()) continue;
      fail_at(place(*key), "\"" + name + "\" is not " + what + "; " + advice(name, known));
    }
  }

  // "did you mean …?", or what there is.
  static std::string advice(std::string_view word, const Words& known) {
    Words near = survey::near_words(word, known);
    if (!near.empty()) return "did you mean \"" + near.front() + "\"?";
    std::string text;
    for (const std::string& each : known) text += (text.empty() ? "" : ", ") + each;
    return text.empty() ? "there is none" : "there are: " + text;
  }

  static const char* kind_of(const toml::node& node) {
    switch (node.type()) {
      case toml::node_type::table: return "a table";
      case toml::node_type::array: return "an array";
      case toml::node_type::string: return "a string";
      case toml::node_type::integer:
      case toml::node_type::floating_point: return "a number";
      case toml::node_type::boolean: return "true or false";
      default: return "a date or time";
    }
  }

 private:
  std::string file_;
};

}  // namespace bulkhead::settings
