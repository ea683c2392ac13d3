// Graphs that are written as text, and the plans that are made of them: a library a line,
//
//   tree libGL.so.1 needs libX11.so.6 libc.so.6 imports XOpenDisplay@V1/libX11.so.6 exports glClear
//
// tree, base or compat, the name, what it needs, imports (name, @version/file if it has one, a
// trailing ? if weak), exports (name, @version; a trailing ! if thread-local) and requires
// (version/file, a trailing ? if weak); "unique" for -z unique, "packed_static_tls" for DT_RELR of
// static TLS, "execstack" for an executable stack. The program is the line of the base that is
// called "program".
#pragma once

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "plan/make_plan.h"

namespace bulkhead::plan {

// Glibc 2.36, nearly; and glibc 2.31.
inline constexpr const char* kNewBase = R"(
    base program needs liba.so.1 libc.so.6
    base libc.so.6 exports strlen@GLIBC_2.2.5 arc4random@GLIBC_2.36 relr@GLIBC_ABI_DT_RELR errno@GLIBC_PRIVATE!
    base libm.so.6 exports sin@GLIBC_2.2.5
    base libgcc_s.so.1 exports _Unwind_Resume@GCC_3.0
    compat libbulkhead-compat.so.0 exports strlcpy@GLIBC_2.38
)";
inline constexpr const char* kOldBase = R"(
    base program needs liba.so.1 libc.so.6
    base libc.so.6 exports strlen@GLIBC_2.2.5
    compat libbulkhead-compat.so.0 exports strlcpy@GLIBC_2.38 arc4random@GLIBC_2.36
)";

// As share/bulkhead/profiles/gl.toml, as far as the tests go.
inline constexpr std::string_view kGlExpose[] = {
    "libGL.so.1",         "libGLX.so.0", "libEGL.so.1",   "libGLESv2.so.2",
    "libGLdispatch.so.0", "libgbm.so.1", "libvulkan.so.1"};
inline constexpr std::string_view kGlBoundary[] = {"libX11.so.6", "libX11-xcb.so.1", "libxcb.so.1",
                                                   "libwayland-client.so.0"};
inline constexpr std::string_view kGlPrivate[] = {"libopener.so.0"};
inline constexpr Profile kGlProfile = {.name = "gl",
                                       .expose = kGlExpose,
                                       .family = std::span(kGlExpose).first(6),
                                       .boundary = kGlBoundary,
                                       .keep_private = kGlPrivate,
                                       .plugins = {},
                                       .plugin_lists = {},
                                       .map = {},
                                       .environment = {}};
inline constexpr const Profile* kKnown[] = {&kGlProfile};

using Roles = std::map<std::string, std::string>;

class Case {
 public:
  explicit Case(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (line.find_first_not_of(' ') != std::string::npos) parse(line);
    }
    graphs_.tree = finish(tree_);
    graphs_.base = finish(base_);
    graphs_.compat = finish(compat_).nodes;
    graphs_.has_program = !base_.empty() && base_[0].name == "program";
  }

  Case& expose(std::vector<std::string> names) { return set(wishes_.expose, names); }
  Case& share(std::vector<std::string> names) { return set(wishes_.share, names); }
  Case& keep_private(std::vector<std::string> names) { return set(wishes_.keep_private, names); }
  Case& plugins(std::vector<std::string> names) { return set(graphs_.plugins, names); }
  Case& prefer(std::vector<std::string> words) { return set(wishes_.prefer, words); }
  Case& strict() {
    wishes_.strict = true;
    return *this;
  }
  Case& profile(std::string_view name) {
    profiles_.push_back(find_profile(kKnown, name));
    wishes_.profiles = profiles_.view();
    return *this;
  }
  Result<Plan> plan() {
    wishes_.tree = "/tree";
    wishes_.known_profiles = kKnown;
    return make_plan(arena_, wishes_, graphs_);
  }
  // name -> role, "+later" if it is only opened later.
  Roles roles() {
    Result<Plan> plan = this->plan();
    Roles roles;
    if (!plan) {
      roles["error"] = std::string(plan.error().what);
      return roles;
    }
    for (const Entry& entry : plan->entries) {
      roles[std::string(entry.name)] =
          std::string(name_of(entry.role)) + (entry.later ? "+later" : "");
    }
    for (const Lack& lack : plan->lacks) roles["lacks"] += std::string(lack.what) + ";";
    return roles;
  }
  const Graphs& graphs() const { return graphs_; }
  Arena& arena() { return arena_; }
  // Why each library is what it is, what is missing and what is noted; a sentence a line.
  std::string text() {
    Result<Plan> plan = this->plan();
    if (!plan) return std::string(plan.error().what);
    std::string text;
    for (const Entry& entry : plan->entries) text += std::string(entry.reason) + "\n";
    for (const Lack& lack : plan->lacks) {
      for (std::string_view piece : {lack.what, lack.detail, lack.advice}) {
        text += std::string(piece) + " ";
      }
      text += "\n";
    }
    for (std::string_view note : plan->notes) text += std::string(note) + "\n";
    return text;
  }

 private:
  struct Draft {
    std::string name;
    std::vector<std::string> needs;
    std::vector<Symbol> imports, exports;
    std::vector<Requirement> requirements;
    bool unique = false, packed_static_tls = false, executable_stack = false;
  };

  Symbol symbol(std::string text) {
    Symbol symbol;
    if (text.back() == '?') {
      symbol.weak = true;
      text.pop_back();
    }
    if (text.back() == '!') {
      symbol.thread_local_data = true;
      text.pop_back();
    }
    std::string_view rest = arena_.copy(text);
    std::size_t slash = rest.find('/');
    if (slash != std::string_view::npos) symbol.file = rest.substr(slash + 1);
    rest = rest.substr(0, slash);
    std::size_t at = rest.find('@');
    if (at != std::string_view::npos) symbol.version = rest.substr(at + 1);
    symbol.name = rest.substr(0, at);
    return symbol;
  }

  void parse(const std::string& line) {
    std::istringstream words(line);
    std::string side, word, section;
    Draft draft;
    words >> side >> draft.name;
    while (words >> word) {
      if (word == "unique") {
        draft.unique = true;
      } else if (word == "packed_static_tls") {
        draft.packed_static_tls = true;
      } else if (word == "execstack") {
        draft.executable_stack = true;
      } else if (word == "needs" || word == "imports" || word == "exports" || word == "requires") {
        section = word;
      } else if (section == "needs") {
        draft.needs.push_back(word);
      } else if (section == "requires") {
        Symbol required = symbol(word);
        draft.requirements.push_back({required.name, required.file, required.weak});
      } else {
        (section == "imports" ? draft.imports : draft.exports).push_back(symbol(word));
      }
    }
    (side == "tree" ? tree_ : side == "base" ? base_ : compat_).push_back(draft);
  }

  template <class T>
  std::span<const T> keep(const std::vector<T>& values) {
    List<T> list(arena_);
    for (const T& value : values) list.push_back(value);
    return list.view();
  }

  Graph finish(const std::vector<Draft>& drafts) {
    List<Node> nodes(arena_);
    List<MissingLibrary> missing(arena_);
    for (std::uint32_t i = 0; i < drafts.size(); ++i) {
      Node node;
      node.name = node.asked_for = arena_.copy(drafts[i].name);
      node.file = arena_.copy("/lib/" + drafts[i].name);
      node.unique = drafts[i].unique;
      node.packed_static_tls = drafts[i].packed_static_tls;
      node.executable_stack = drafts[i].executable_stack;
      node.requirements = keep(drafts[i].requirements);
      node.imports = keep(drafts[i].imports);
      node.exports = keep(drafts[i].exports);
      List<Need> needs(arena_);
      for (const std::string& name : drafts[i].needs) {
        std::uint32_t index = 0;
        while (index < drafts.size() && drafts[index].name != name) ++index;
        bool found = index < drafts.size();
        needs.push_back({arena_.copy(name), found ? index : kNone});
        if (!found && !is_glibc_family(name)) missing.push_back({needs.back().name, i, "/lib", ""});
      }
      node.needs = needs.view();
      nodes.push_back(node);
    }
    return {nodes.view(), missing.view()};
  }

  Case& set(std::span<const std::string_view>& where, const std::vector<std::string>& names) {
    List<std::string_view> list(arena_);
    for (const std::string& name : names) list.push_back(arena_.copy(name));
    where = list.view();
    return *this;
  }

  Arena arena_;
  std::vector<Draft> tree_, base_, compat_;
  Wishes wishes_;
  Graphs graphs_;
  List<const Profile*> profiles_{arena_};
};

}  // namespace bulkhead::plan
