// What a search tells: what it passed over, where it has looked, and what its answers depend on.
#include "base/diagnostics.h"
#include "base/text.h"
#include "resolve/search.h"

namespace bulkhead::resolve {
namespace {

// Of what was searched, and of what was passed over, so much is told.
constexpr std::size_t kTold = 4096;     // bytes
constexpr std::size_t kMaxSkipped = 8;  // files

}  // namespace

void Searcher::skip(Lookup& lookup, std::string_view path, const Error& why) {
  debug(Topic::resolve, {lookup.name, ": passed over ", path, ", which ", why.what});
  if (++lookup.skipped_count > kMaxSkipped) {
    if (lookup.skipped_count == kMaxSkipped + 1) {
      lookup.skipped = join(*arena_, {lookup.skipped, "; and more"});
    }
    return;
  }
  std::string_view separator = lookup.skipped.empty() ? "" : "; ";
  std::string_view cause = why.number == 0 ? std::string_view{} : system_error_text(why.number);
  lookup.skipped = join(
      *arena_, {lookup.skipped, separator, path, " ", why.what, cause.empty() ? "" : ": ", cause});
}

std::string_view Searcher::searched() const {
  List<char> text(*arena_);
  for (std::string_view one : searched_) {
    if (text.size() + one.size() > kTold && !text.empty()) {
      text.append(std::string_view{":…"});
      break;
    }
    if (!text.empty()) text.push_back(':');
    text.append(one);
  }
  return join(*arena_, {std::string_view{text.begin(), text.size()}});
}

std::span<const std::string_view> Searcher::inputs() const {
  List<std::string_view> list(*arena_);
  for (std::string_view source : sources_) {
    list.push_back(tree_->reachable_host_path(*arena_, source));
  }
  for (const Directory* one : directories_.all()) {
    if (!one->examined) continue;  // never needed for an answer
    list.push_back(tree_->reachable_host_path(*arena_, one->path));
    for (std::string_view name : one->hwcaps) {
      std::string_view path = join(*arena_, {one->path, kHwcapsDirectory, "/", name});
      list.push_back(tree_->reachable_host_path(*arena_, path));
    }
  }
  for (const Directory* one : outside_.all()) list.push_back(one->path);
  return list.view();
}

}  // namespace bulkhead::resolve
