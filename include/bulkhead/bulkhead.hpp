// bulkhead for C++17 and later: the C interface with owners, types and exceptions.
//
// Header only: nothing but bulkhead.h's functions is needed of libbulkhead.so. What a function
// means is said there; here is said what is different:
//
//  - Objects own: a Capsule is one opening of a capsule, a Library one opening of a library, and
//    both give it back when they are destroyed. They can be moved, not copied. A moved-from or
//    default-constructed one is empty; with it nothing works but assignment, close and the test.
//  - Failures are exceptions of the type Error. Besides, what allocates throws std::bad_alloc.
//  - Threads: as bulkhead.h has it; one object is used by one thread at a time, unless all of
//    them only call its const functions.
//  - Exceptions of callbacks pass: they are kept while C code is left, and thrown again after that.
#ifndef BULKHEAD_BULKHEAD_HPP
#define BULKHEAD_BULKHEAD_HPP

#include <bulkhead/bulkhead.h>
#include <dlfcn.h>
#include <link.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace bulkhead {

// Why something could not be done. what() is the whole sentence: what happened, to which file,
// because of what, what to do.
class Error : public std::runtime_error {
 public:
  Error(bh_code code, int number, const std::string& text)
      : std::runtime_error(text), code_(code), number_(number) {}

  // Never BH_OK.
  bh_code code() const noexcept { return code_; }
  // An errno value if the kernel said why; else 0.
  int number() const noexcept { return number_; }

 private:
  bh_code code_;
  int number_;
};

namespace detail {

struct FreeError {
  void operator()(bh_error* error) const noexcept { bh_error_free(error); }
};

// Where a C function puts its error.
class ErrorSlot {
 public:
  ErrorSlot() = default;
  ErrorSlot(const ErrorSlot&) = delete;
  ErrorSlot& operator=(const ErrorSlot&) = delete;
  ~ErrorSlot() { bh_error_free(error_); }

  bh_error** out() noexcept { return &error_; }
  bool is_set() const noexcept { return error_ != nullptr; }
  bh_code code() const noexcept { return bh_error_code(error_); }

  // Throws what was put here.
  [[noreturn]] void raise() const {
    if (error_ == nullptr) throw Error(BH_SYSTEM, 0, "bulkhead gave no reason");
    throw Error(bh_error_code(error_), bh_error_number(error_), bh_error_text(error_));
  }
  void check(bh_code code) const {
    if (code != BH_OK) raise();
  }

 private:
  bh_error* error_ = nullptr;
};

// Carries an exception of a callback past the C code that called it. A callable is called with
// what the C callback gets, and returns true (or nothing) to go on, or false to stop.
template <class Visit>
class Visitor {
 public:
  explicit Visitor(Visit& visit) noexcept : visit_(visit) {}

  template <class... Arguments>
  int operator()(Arguments&&... arguments) noexcept {
    try {
      if constexpr (std::is_void_v<std::invoke_result_t<Visit&, Arguments...>>) {
        visit_(std::forward<Arguments>(arguments)...);
        return 0;
      } else {
        return static_cast<bool>(visit_(std::forward<Arguments>(arguments)...)) ? 0 : 1;
      }
    } catch (...) {
      thrown_ = std::current_exception();
      return 1;
    }
  }

  void rethrow() {
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  }

 private:
  Visit& visit_;
  std::exception_ptr thrown_;
};

// T*, or T&; see Library::symbol.
template <class T>
using Symbol = std::conditional_t<std::is_function_v<T>, std::add_pointer_t<T>,
                                  std::add_lvalue_reference_t<T>>;

template <class T>
constexpr void check_symbol_type() {
  static_assert(!std::is_reference_v<T>, "name the symbol's own type: int, not int&");
  static_assert(!(std::is_pointer_v<T> && std::is_function_v<std::remove_pointer_t<T>>),
                "name the function's own type: int(int), not int (*)(int); for a variable that "
                "holds a pointer to a function use address()");
}

// A function's address, or the object there.
template <class T>
Symbol<T> symbol_at(void* address, const char* name) {
  if constexpr (std::is_function_v<T>) {
    return reinterpret_cast<T*>(address);
  } else {
    if (address == nullptr) {
      throw Error(BH_MISSING, 0, std::string(name) + ": its value is null, so there is no object");
    }
    return *static_cast<T*>(address);
  }
}

}  // namespace detail

// What a capsule is to be like: bh_capsule_options with strings of its own. Each function returns
// the object itself, so that calls can be put in a row:
//
//     auto capsule = bulkhead::Capsule(bulkhead::Options().tree("/srv/trixie").name("codecs"));
//
// Those for lists add to what was said before.
class Options {
 public:
  // The absolute path of the tree; "/" if it is not said.
  Options& tree(std::string path) { return set(tree_, std::move(path)); }
  // Tells capsules apart that are otherwise the same.
  Options& name(std::string text) { return set(name_, std::move(text)); }
  // Libraries, by SONAME, that the capsule takes from the program's side.
  Options& share(std::string soname) { return add(share_, std::move(soname)); }
  Options& share(std::initializer_list<const char*> sonames) { return add(share_, sonames); }
  // Libraries that are never shared.
  Options& keep_private(std::string soname) { return add(keep_private_, std::move(soname)); }
  Options& keep_private(std::initializer_list<const char*> names) {
    return add(keep_private_, names);
  }
  // The capsule's libraries that the program gets.
  Options& expose(std::string soname) { return add(expose_, std::move(soname)); }
  Options& expose(std::initializer_list<const char*> sonames) { return add(expose_, sonames); }
  // "DIRECTORY" or "FROM=TO": paths that libraries of the capsule read from the tree.
  Options& map(std::string rule) { return add(map_, std::move(rule)); }
  // Directories inside the tree that are searched as those of LD_LIBRARY_PATH are.
  Options& library_path(std::string directory) { return add(library_path_, std::move(directory)); }
  // BH_CAPSULE_STRICT: nothing is loaded but from the tree, from below permit(), and what is
  // shared.
  Options& strict(bool on = true) { return flag(BH_CAPSULE_STRICT, on); }
  // Absolute paths of this system: what lies at or below them may be opened by its path.
  Options& permit(std::string path) { return add(permit_, std::move(path)); }
  // What the program's dlopen opens by a path of that pattern is opened in the capsule.
  Options& plugins(std::string pattern) { return add(plugins_, std::move(pattern)); }
  // BH_CAPSULE_ISOLATED: a libc of its own.
  Options& isolated(bool on = true) { return flag(BH_CAPSULE_ISOLATED, on); }
  // BH_CAPSULE_OWN_HEAP, which means isolated() too: malloc is that libc's own.
  Options& own_heap(bool on = true) {
    return on ? isolated().flag(BH_CAPSULE_OWN_HEAP, true) : flag(BH_CAPSULE_OWN_HEAP, false);
  }

  // Calls `use` with the structure for C, which lives until that returns, and returns what it
  // returns.
  template <class Use>
  auto with_c_options(Use&& use) const {
    const auto share = pointers(share_), keep_private = pointers(keep_private_),
               expose = pointers(expose_), map = pointers(map_), path = pointers(library_path_),
               permit = pointers(permit_), plugins = pointers(plugins_);
    bh_capsule_options options{};
    options.size = sizeof options;
    options.flags = flags_;
    options.tree = tree_.empty() ? nullptr : tree_.c_str();
    options.name = name_.empty() ? nullptr : name_.c_str();
    options.share = share.data();
    options.keep_private = keep_private.data();
    options.expose = expose.data();
    options.map = map.data();
    options.library_path = path.data();
    if (!permit_.empty()) options.permit = permit.data();
    if (!plugins_.empty()) options.plugins = plugins.data();
    return std::forward<Use>(use)(static_cast<const bh_capsule_options&>(options));
  }

 private:
  using List = std::vector<std::string>;

  Options& set(std::string& member, std::string&& value) {
    member = std::move(value);
    return *this;
  }
  Options& add(List& list, std::string&& value) {
    list.push_back(std::move(value));
    return *this;
  }
  Options& add(List& list, std::initializer_list<const char*> values) {
    list.insert(list.end(), values.begin(), values.end());
    return *this;
  }
  Options& flag(std::uint32_t bit, bool on) {
    flags_ = on ? flags_ | bit : flags_ & ~bit;
    return *this;
  }
  static std::vector<const char*> pointers(const List& list) {
    std::vector<const char*> result;
    result.reserve(list.size() + 1);
    for (const std::string& each : list) result.push_back(each.c_str());
    result.push_back(nullptr);
    return result;
  }

  std::uint32_t flags_ = 0;
  std::string tree_, name_;
  List share_, keep_private_, expose_, map_, library_path_, permit_, plugins_;
};

// bh_library_info with strings of its own: what was loaded when the list was made.
struct LibraryInfo {
  std::string name, file;
  const void* begin = nullptr;
  const void* end = nullptr;
  bh_role role = BH_PRIVATE;
};

class Capsule;

// A library that is open in a capsule. It may outlive the Capsule object that it came from.
class Library {
 public:
  Library() noexcept = default;

  // Opens one. `file`: a bare name, which is searched in the tree, or an absolute path inside the
  // tree; `mode`: as of dlopen, 0 means RTLD_NOW. Throws Error: BH_MISSING it, or what it needs;
  // BH_MALFORMED, BH_SYSTEM, BH_ARGUMENT.
  inline Library(const Capsule& capsule, const std::string& file, int mode = 0);

  Library(Library&& other) noexcept : library_(std::exchange(other.library_, nullptr)) {}
  Library& operator=(Library&& other) noexcept {
    Library before(std::move(*this));
    library_ = std::exchange(other.library_, nullptr);
    return *this;
  }
  // Errors are not told; close() tells them.
  ~Library() {
    if (library_ != nullptr) bh_library_close(library_, nullptr);
  }

  // Gives the opening back. When it was the last one, the library may be unloaded: no function,
  // object, type or exception of it may be in use any more. Throws Error: BH_SYSTEM; the object is
  // empty in any case. Does nothing to an empty one.
  void close() {
    bh_library* library = std::exchange(library_, nullptr);
    if (library == nullptr) return;
    detail::ErrorSlot error;
    error.check(bh_library_close(library, error.out()));
  }

  // A symbol of the library or of what it needs, as T: the type as declared in a header.
  //
  //     auto add = library.symbol<int(int, int)>("add");        // int (*)(int, int)
  //     int& verbosity = library.symbol<int>("verbosity");      // the object itself
  //
  // Nothing can check that T is right, nor that the program and the library have the same
  // definition of the types in it. C++ names are to be written as the compiler writes them
  // (`nm -D`), so entry points are best extern "C". `version`: null for the default one.
  //
  // The result is good for as long as the library is loaded; of a thread-local object it is the
  // calling thread's. Throws Error: BH_MISSING.
  template <class T>
  detail::Symbol<T> symbol(const char* name, const char* version = nullptr) const {
    detail::check_symbol_type<T>();
    return detail::symbol_at<T>(address(name, version), name);
  }
  template <class T>
  detail::Symbol<T> symbol(const std::string& name, const char* version = nullptr) const {
    return symbol<T>(name.c_str(), version);
  }

  // The same as a pointer, which is null if there is no such symbol. Throws Error for other
  // reasons than BH_MISSING.
  template <class T>
  std::add_pointer_t<T> find(const char* name, const char* version = nullptr) const {
    detail::check_symbol_type<T>();
    detail::ErrorSlot error;
    void* found = bh_symbol(library_, name, version, error.out());
    if (error.is_set() && error.code() != BH_MISSING) error.raise();
    return reinterpret_cast<std::add_pointer_t<T>>(found);
  }

  // The address alone. Throws Error: BH_MISSING.
  void* address(const char* name, const char* version = nullptr) const {
    detail::ErrorSlot error;
    void* found = bh_symbol(library_, name, version, error.out());
    if (error.is_set()) error.raise();
    return found;
  }

  explicit operator bool() const noexcept { return library_ != nullptr; }
  // For the functions of C; owned by this object.
  bh_library* get() const noexcept { return library_; }
  // Gives the opening to the caller, who closes it with bh_library_close.
  bh_library* release() noexcept { return std::exchange(library_, nullptr); }

 private:
  bh_library* library_ = nullptr;
};

// One opening of a capsule. Objects that were opened with the same options mean the same capsule.
class Capsule {
 public:
  Capsule() noexcept = default;

  // Opens one, or joins the one that has the same options. Throws Error: BH_MISSING no such tree;
  // BH_CONFLICT; BH_LIMIT no namespace is left; BH_SYSTEM; BH_UNSUPPORTED.
  explicit Capsule(const Options& options) {
    detail::ErrorSlot error;
    error.check(options.with_c_options([&](const bh_capsule_options& each) {
      return bh_capsule_open(&each, &capsule_, error.out());
    }));
  }

  // Opens the one that a configuration file describes; without a name the only one in it. Throws
  // Error: also BH_MALFORMED, with line and column in the text.
  static Capsule from_config(const std::string& file, const std::string& name = {}) {
    detail::ErrorSlot error;
    Capsule result;
    error.check(bh_capsule_open_config(file.c_str(), name.empty() ? nullptr : name.c_str(),
                                       &result.capsule_, error.out()));
    return result;
  }

  Capsule(Capsule&& other) noexcept : capsule_(std::exchange(other.capsule_, nullptr)) {}
  Capsule& operator=(Capsule&& other) noexcept {
    Capsule before(std::move(*this));
    capsule_ = std::exchange(other.capsule_, nullptr);
    return *this;
  }
  ~Capsule() { bh_capsule_close(capsule_); }

  // Gives the opening back. Libraries that are open in it stay usable.
  void close() noexcept { bh_capsule_close(std::exchange(capsule_, nullptr)); }

  // The same as Library(*this, file, mode).
  Library open(const std::string& file, int mode = 0) const { return Library(*this, file, mode); }

  // As given when it was opened.
  std::string name() const { return bh_capsule_name(capsule_); }
  std::string tree() const { return bh_capsule_tree(capsule_); }
  // Its Lmid_t.
  Lmid_t space() const noexcept { return bh_capsule_namespace(capsule_); }

  // Calls visit(const bh_library_info&) for each library that is loaded, in ld.so's order, until
  // it returns false; it may also return nothing. It must not load or unload anything. What it
  // gets lives until it returns. Throws what `visit` throws.
  template <class Visit>
  void for_each_library(Visit&& visit) const {
    using Visiting = detail::Visitor<std::remove_reference_t<Visit>>;
    Visiting visiting(visit);
    bh_capsule_libraries(
        capsule_,
        [](const bh_library_info* info, void* data) -> int {
          return (*static_cast<Visiting*>(data))(*info);
        },
        &visiting);
    visiting.rethrow();
  }

  // All of them. Their handles are left out: nothing keeps these open.
  std::vector<LibraryInfo> libraries() const {
    std::vector<LibraryInfo> list;
    for_each_library([&](const bh_library_info& info) {
      list.push_back({info.name, info.file, info.begin, info.end, info.role});
    });
    return list;
  }

  explicit operator bool() const noexcept { return capsule_ != nullptr; }
  // For the functions of C; owned by this object.
  bh_capsule* get() const noexcept { return capsule_; }
  // Gives the opening to the caller, who closes it with bh_capsule_close.
  bh_capsule* release() noexcept { return std::exchange(capsule_, nullptr); }

 private:
  bh_capsule* capsule_ = nullptr;
};

inline Library::Library(const Capsule& capsule, const std::string& file, int mode) {
  detail::ErrorSlot error;
  error.check(bh_library_open(capsule.get(), file.c_str(), mode, &library_, error.out()));
}

// --- In the terms of dlmopen ----------------------------------------------------------------

// A handle of bh_dlmopen, which is closed with the object.
class Handle {
 public:
  Handle() noexcept = default;

  // bh_dlmopen: `space` is LM_ID_NEWLM, LM_ID_BASE or a Lmid_t; `mode` may have RTLD_SHARED,
  // RTLD_ISOLATE and RTLD_GLOBAL. Throws Error: BH_SYSTEM, with bh_dlerror's text.
  Handle(Lmid_t space, const std::string& file, int mode)
      : handle_(bh_dlmopen(space, file.c_str(), mode)) {
    if (handle_ == nullptr) fail("it cannot be opened");
  }

  Handle(Handle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    Handle before(std::move(*this));
    handle_ = std::exchange(other.handle_, nullptr);
    return *this;
  }
  ~Handle() {
    if (handle_ != nullptr) bh_dlclose(handle_);
  }

  // As Library::symbol, by dlsym or, with a version, dlvsym. Throws Error: BH_MISSING.
  template <class T>
  detail::Symbol<T> symbol(const char* name, const char* version = nullptr) const {
    detail::check_symbol_type<T>();
    bh_dlerror();  // a symbol may be null: only the message tells
    void* found = version == nullptr ? ::dlsym(handle_, name) : ::dlvsym(handle_, name, version);
    if (found == nullptr) {
      if (const char* text = bh_dlerror()) throw Error(BH_MISSING, 0, text);
    }
    return detail::symbol_at<T>(found, name);
  }

  // Its namespace, so that others can be opened there. Throws Error: BH_SYSTEM.
  Lmid_t space() const {
    Lmid_t id = LM_ID_BASE;
    if (::dlinfo(handle_, RTLD_DI_LMID, &id) != 0) fail("its namespace is not known");
    return id;
  }

  explicit operator bool() const noexcept { return handle_ != nullptr; }
  void* get() const noexcept { return handle_; }
  // Gives it to the caller, who closes it with bh_dlclose.
  void* release() noexcept { return std::exchange(handle_, nullptr); }

 private:
  [[noreturn]] static void fail(const char* otherwise) {
    const char* text = bh_dlerror();
    throw Error(BH_SYSTEM, 0, text != nullptr ? text : otherwise);
  }

  void* handle_ = nullptr;
};

// Calls visit(const dl_phdr_info&) for each object of a namespace until it returns false; it may
// also return nothing. Throws what `visit` throws, and Error: BH_ARGUMENT no such namespace.
template <class Visit>
void for_each_object(Lmid_t space, Visit&& visit) {
  using Visiting = detail::Visitor<std::remove_reference_t<Visit>>;
  Visiting visiting(visit);
  int status = bh_dl_iterate_ns_phdr(
      space,
      [](dl_phdr_info* info, std::size_t, void* data) -> int {
        return (*static_cast<Visiting*>(data))(static_cast<const dl_phdr_info&>(*info));
      },
      &visiting);
  visiting.rethrow();
  if (status < 0) {
    throw Error(BH_ARGUMENT, 0, "there is no namespace " + std::to_string(space));
  }
}

// --- Memory ---------------------------------------------------------------------------------

// The heap that a pointer belongs to, and the capsule whose heap that is, which nobody owns here.
struct Owner {
  bh_heap heap = BH_HEAP_NONE;
  const bh_capsule* capsule = nullptr;
};

// bh_owner.
inline Owner owner_of(const void* pointer) noexcept {
  bh_capsule* capsule = nullptr;
  bh_heap heap = bh_owner(pointer, &capsule);
  return {heap, capsule};
}

// bh_debug_heap: from now on, memory that is freed on the wrong side is reported. Returns whether
// that was on already.
inline bool debug_heap() noexcept { return bh_debug_heap() != 0; }

}  // namespace bulkhead

#endif
