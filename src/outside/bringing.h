// What a dlopen of the program brings, if exposed libraries are among it that have no shims yet.
//
// ld.so searches breadth first, and so does this, by the same rules (resolve/closure.h): through
// the files that are not loaded yet, what is loaded, and what shims bring. Shims of the exposed
// libraries are made, as memory files that have to live until ld.so has mapped them.
#pragma once

#include <link.h>

#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/list.h"
#include "base/result.h"
#include "capsule/capsule.h"
#include "resolve/closure.h"
#include "shims/expose_late.h"

namespace bulkhead::outside {

// The shims that were made.
class LateShims {
 public:
  struct Shim {
    std::string_view name;
    Result<shims::LateShim> made;
    Shim* next;
  };

  explicit LateShims(Arena& arena) : arena_(arena) {}
  ~LateShims();
  LateShims(const LateShims&) = delete;
  LateShims& operator=(const LateShims&) = delete;

  bool any() const { return newest_ != nullptr; }
  // Null if there is none.
  const Shim* find(std::string_view name) const;
  const Shim* make(const capsule::Capsule& capsule, std::string_view needed);
  // Their descriptors.
  void close();

 private:
  Arena& arena_;
  Shim* newest_ = nullptr;
};

// Whether a dlopen of that file is none of exposed libraries', as far as can be told at once: it is
// loaded, or it is a path, and all that the file there needs is loaded.
bool is_plainly_unconcerned(const char* file);

class Bringing {
 public:
  // `file`, `caller`: dlopen's.
  Bringing(Arena& arena, const char* file, const void* caller);

  // Whether an exposed library that has no shim may be among it.
  bool may_concern();

  // Whether one is, and all that is brought. Under ld.so's lock, so that it stays true.
  bool find();

  // The first thing that was in the way; null if nothing was.
  const Error* error() const { return error_; }
  // What ld.so knows the file by once it is open.
  std::string_view root() const { return root_; }
  // Paths, in the order in which ld.so would come by them.
  std::span<const std::string_view> list();
  // The descriptors of the shims.
  void close() { shims_.close(); }

 private:
  struct Node {
    std::string_view path;
    std::uint32_t library = resolve::kNone;  // of the closure
    const link_map* loaded = nullptr;
    const LateShims::Shim* shim = nullptr;
  };

  bool is_path() const { return file_.find('/') != std::string_view::npos; }
  link_map* find_loaded(std::string_view name) const;
  bool stops(std::string_view name) const;

  bool search(bool whole);
  bool look_at_root(resolve::Searcher& searcher);
  bool go_through(resolve::Searcher& searcher, List<std::string_view>& roots, bool whole);
  bool is_concerned(const resolve::Closure& closure) const;

  void add_needs(const resolve::Closure& closure, List<std::string_view>& roots, std::size_t index);
  void add_need(const resolve::Closure& closure, const resolve::Need& need);
  // False if nothing is known of it.
  bool add_name(const resolve::Closure& closure, std::string_view name);
  void add_shim(const LateShims::Shim& shim);
  void add(const Node& node);

  Arena& arena_;
  link_map* program_;
  LateShims shims_;
  List<Node> nodes_;
  std::string_view file_;
  resolve::Searcher::Scope scope_;
  std::string_view own_soname_;  // of what is opened by its path
  std::string_view root_;
  const Error* error_ = nullptr;
};

}  // namespace bulkhead::outside
