// closure-of [options] TREE ROOT…: what src/resolve finds, a library a line, for tests.
//
//   name TAB host path TAB device:inode TAB path inside TAB found by
//   missing TAB name TAB needed by TAB why
//   error TAB the whole sentence                                (and exit status 1)
//
// Options: --library-path=P (as LD_LIBRARY_PATH), --walk (no openat2), --stop=NAME (a
// boundary, may be repeated), --inputs (print what the answer depends on), --time=N
// (print the median of N runs, in microseconds, with what each of them did from scratch).
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "resolve/closure.h"

namespace {

using namespace bulkhead;

struct Options {
  std::string library_path;
  bool walk = false;
  bool inputs = false;
  int runs = 0;
  std::vector<std::string> stops;
  std::vector<std::string_view> names;
};

bool stop(void* context, std::string_view name) {
  const auto& stops = *static_cast<const std::vector<std::string>*>(context);
  return std::find(stops.begin(), stops.end(), name) != stops.end();
}

void put(std::string_view text, char end = '\t') {
  if (!text.empty()) std::fwrite(text.data(), 1, text.size(), stdout);
  std::putchar(end);
}

int complain(Arena& arena, const Error& error) {
  put("error");
  put(render(arena, error), '\n');
  return 1;
}

void print(const resolve::Closure& closure) {
  for (const resolve::Library& library : closure.libraries()) {
    put(library.name);
    put(library.host_path);
    put(std::to_string(library.status.st_dev) + ":" + std::to_string(library.status.st_ino));
    put(library.path);
    put(library.found_by, '\n');
  }
  for (const resolve::Missing& missing : closure.missing()) {
    put("missing");
    put(missing.name);
    put(missing.needed_by == resolve::kNone ? "" : closure.libraries()[missing.needed_by].name);
    put(missing.why, '\n');
  }
}

int run(const Options& options, bool quiet) {
  Arena arena;
  Result<resolve::Tree> tree = resolve::Tree::open(arena, options.names[0]);
  if (!tree) return complain(arena, tree.error());
  if (options.walk) tree->walk_components();
  Result<resolve::Searcher> searcher = resolve::Searcher::open(arena, *tree, options.library_path);
  if (!searcher) return complain(arena, searcher.error());
  resolve::Request request;
  request.roots = std::span(options.names).subspan(1);
  if (!options.stops.empty()) {
    request.boundary = {stop, const_cast<std::vector<std::string>*>(&options.stops)};
  }
  Result<resolve::Closure> closure = resolve::Closure::find(arena, *searcher, request);
  if (!closure) return complain(arena, closure.error());
  if (quiet) return 0;
  print(*closure);
  if (options.inputs) {
    for (std::string_view input : searcher->inputs()) {
      put("input");
      put(input, '\n');
    }
  }
  return 0;
}

int measure(const Options& options) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> times;
  for (int i = 0; i < options.runs; ++i) {
    Clock::time_point start = Clock::now();
    if (int status = run(options, true)) return status;
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
  std::sort(times.begin(), times.end());
  std::printf("%.1f\n", times[times.size() / 2]);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (const char* topics = std::getenv("BULKHEAD_DEBUG")) set_debug_topics(topics);
  for (int i = 1; i < argc; ++i) {
    std::string_view word = argv[i];
    if (word == "--walk") {
      options.walk = true;
    } else if (word == "--inputs") {
      options.inputs = true;
    } else if (word.starts_with("--library-path=")) {
      options.library_path = word.substr(15);
    } else if (word.starts_with("--stop=")) {
      options.stops.emplace_back(word.substr(7));
    } else if (word.starts_with("--time=")) {
      options.runs = std::stoi(std::string(word.substr(7)));
    } else {
      options.names.push_back(word);
    }
  }
  if (options.names.size() < 2) {
    std::fputs("usage: closure-of [options] TREE ROOT...\n", stderr);
    return 2;
  }
  return options.runs > 0 ? measure(options) : run(options, false);
}
