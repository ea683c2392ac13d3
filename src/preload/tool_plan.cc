#include "preload/tool_plan.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "arch/machine.h"
#include "base/text.h"
#include "cache/shim_directory.h"
#include "elf/glibc.h"
#include "elf/hash.h"
#include "image/interposer.h"
#include "messages/failure.h"
#include "plan/rules_of_thumb.h"
#include "preload/isolated.h"
#include "preload/named_paths.h"
#include "preload/tunables.h"
#include "preload/variables.h"
#include "settings/profiles.h"
#include "survey/installation.h"

namespace bulkhead::preload {
namespace {

// What a cache entry says about its interposers: the bytes of static TLS that the tools need, then
// their files in the order of LD_PRELOAD, one a line.
constexpr const char* kOrder = "/preload";

// The default of glibc.rtld.optional_static_tls: that much of some 1600 bytes of static TLS for
// libraries that are loaded late glibc gives to those that can do without. Tools that need no more
// leave the rest to the program.
constexpr std::size_t kOptionalStaticTls = 512;

// As the tree knows it: a path inside, or a name.
std::string inside_tree(const std::string& tool, const std::string& tree) {
  if (tool.empty())
    throw messages::Failure("the tool's name is empty; name a library, or a path of one");
  if (tool.find('/') == std::string::npos) return tool;
  std::error_code unknown;
  std::string path = std::filesystem::absolute(tool, unknown).lexically_normal().string();
  std::string root = std::filesystem::absolute(tree, unknown).lexically_normal().string();
  while (root.size() > 1 && root.ends_with('/')) root.pop_back();
  if (root == "/") return path;
  if (path.starts_with(root + "/")) return path.substr(root.size());
  // A path that is one inside the tree already.
  std::string inside = root + path;
  if (tool.starts_with('/') && ::access(inside.c_str(), F_OK) == 0) return path;
  throw messages::Failure(
      tool + ": is not in the tree " + tree +
      "; name a tool of that tree, or put this one into it (with --tree / it is a tool "
      "of this system)");
}

// A library from which the tool takes what it also replaces: its objects are the program's.
bool is_wrapped(const plan::Node& library, const plan::Node& tool) {
  if (library.object == nullptr || tool.object == nullptr || &library == &tool) return false;
  if (plan::is_cxx_runtime(library.name)) return false;
  const elf::SymbolTable& names = tool.object->symbols;
  for (elf::SymbolIndex i : names.indices()) {
    const elf::Sym& symbol = names[i];
    bool function =
        elf::symbol_type(symbol) == STT_FUNC || elf::symbol_type(symbol) == STT_GNU_IFUNC;
    if (!elf::is_exported(symbol) || !function) continue;
    std::string_view name = names.name(i);
    if (elf::is_linker_mark(name) || image::has_vague_linkage(name, symbol)) continue;
    bool found = library.object->symbols.for_each_named(name, [&](elf::SymbolIndex at) {
      return elf::symbol_type(library.object->symbols[at]) != STT_OBJECT;
    });
    if (found) return true;
  }
  return false;
}

std::vector<std::string> wrapped_libraries(survey::Survey& survey, const plan::Node& tool) {
  std::vector<std::string> names;
  for (const plan::Entry& entry : survey.plan().entries) {
    if (entry.role != plan::Role::kept_private || entry.later) continue;
    const plan::Node* library = survey.graphs().tree.find(entry.name);
    if (library == nullptr || !is_wrapped(*library, tool)) continue;
    // Where the program finds it, or where it would find it.
    if (survey.graphs().base.find(entry.name) != nullptr ||
        !survey.file_in_base(entry.name).empty()) {
      names.emplace_back(entry.name);
    }
  }
  return names;
}

const plan::Node& tool_of(survey::Survey& survey, const std::string& tool) {
  const plan::Node* node = nullptr;
  if (survey.plan().expose.size() == 1) node = survey.graphs().tree.find(survey.plan().expose[0]);
  if (node == nullptr || node->object == nullptr) {
    throw messages::Failure(
        tool + ": belongs to a family of libraries that a program gets together; use " +
        "bulkhead run --expose for it");
  }
  return *node;
}

void refuse_parts_of_glibc(const std::string& tool) {
  if (!plan::is_glibc_family(file_name_of(tool))) return;
  throw messages::Failure(
      tool +
      ": is a part of glibc, of which there is one in a process, the program's; preload it "
      "without bulkhead: LD_PRELOAD=" +
      tool);
}

constexpr const char* kIsProgram =
    ": is a program, not a shared object; name the library that is made for LD_PRELOAD";

// Why a file that begins so is no shared object of this machine; empty if it may be one.
std::string why_not_shared_object(std::string_view start) {
  if (start.starts_with("!<arch>\n")) {
    return ": is a static library, an archive of object files; name the shared object (.so)";
  }
  if (!start.starts_with(ELFMAG)) {
    return ": is not an ELF file, so no shared object that could be preloaded";
  }
  elf::Ehdr header;
  if (start.size() < sizeof header) return {};  // damaged, which is said when it is read
  std::memcpy(&header, start.data(), sizeof header);
  constexpr const char* kIgnored =
      ", so that ld.so would ignore it; name one that was built for this machine";
  if (header.e_ident[EI_CLASS] != elf::kClass) {
    return std::string(": is of another ELF class (32-bit)") + kIgnored;
  }
  if (header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_machine != arch::Native::kMachine) {
    return std::string(": is for another machine") + kIgnored;
  }
  if (header.e_type == ET_REL) {
    return ": is an object file of the compiler; link it to a shared object: gcc -shared";
  }
  if (header.e_type == ET_CORE) return ": is a core file, what was a program's memory";
  return header.e_type == ET_EXEC ? kIsProgram : "";
}

// What can be said of a file before it is read as a library.
void refuse_other_files(const std::string& tool, const std::string& tree, const std::string& path) {
  if (!path.starts_with('/')) return;
  Arena arena;
  resolve::Tree root = messages::take_or_fail(arena, resolve::Tree::open(arena, tree));
  Result<resolve::OpenedFile> file = root.open_file(arena, path);
  if (!file) {
    std::string why(render(arena, file.error()));
    throw messages::Failure(tool + ": " + why + "; name a library, or a path of one");
  }
  char start[sizeof(elf::Ehdr)] = {};
  ssize_t size = ::pread(file->fd.get(), start, sizeof start, 0);
  std::string why = why_not_shared_object({start, size > 0 ? static_cast<std::size_t>(size) : 0});
  if (!why.empty()) throw messages::Failure(tool + why);
}

void refuse_programs(const plan::Node& tool) {
  const elf::Object& object = *tool.object;
  bool executable = object.image.type() == ET_EXEC || (object.dynamic.flags_1 & DF_1_PIE) != 0;
  if (!executable) return;
  throw messages::Failure(std::string(tool.file) + kIsProgram);
}

void append_key(std::string& key, std::string_view name, std::string_view value) {
  key.append(name).append("=").append(value).append("\n");
}

std::string environment(const char* name) {
  const char* value = ::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

// Calls `count(entry, object)` for libraries that the capsule has of its own, and adds up the
// blocks of those for which it is true.
template <class Count>
std::size_t add_up_blocks(survey::Survey& survey, Count count) {
  std::size_t size = 0;
  for (const plan::Entry& entry : survey.plan().entries) {
    if (entry.role == plan::Role::shared) continue;
    const plan::Node* node = survey.graphs().tree.find(entry.name);
    if (node == nullptr || node->object == nullptr || !count(entry, *node->object)) continue;
    const elf::Phdr* block = node->object->image.find_header(PT_TLS);
    if (block != nullptr) size += block->p_memsz + block->p_align;
  }
  return size;
}

bool needs_static_tls(const elf::Object& library) {
  return (library.dynamic.flags & DF_STATIC_TLS) != 0;
}

// Of the libraries that the capsule begins with, and of those that it may open later which cannot
// do without.
std::size_t static_tls_of(survey::Survey& survey) {
  return add_up_blocks(survey, [](const plan::Entry& entry, const elf::Object& library) {
    return !entry.later || needs_static_tls(library);
  });
}

bool exports_thread_locals(const elf::Object& library) {
  for (const elf::Sym& symbol : library.symbols.symbols()) {
    if (elf::symbol_type(symbol) == STT_TLS && elf::is_exported(symbol)) return true;
  }
  return false;
}

// A file's name that LD_PRELOAD can hold, and that none of `taken` is.
std::string file_name_for(std::string_view soname, std::set<std::string>& taken) {
  std::string name(file_name_of(soname));
  for (char& c : name) {
    if (c == ' ' || c == ':' || c == '$' || c == '\n') c = '_';
  }
  std::string unique = name;
  for (int number = 2; !taken.insert(unique).second; ++number) {
    unique = name + "." + std::to_string(number);
  }
  return unique;
}

void raise_static_tls(std::size_t need) {
  if (need == 0) return;
  std::string raised = with_static_tls(environment("GLIBC_TUNABLES"), kOptionalStaticTls + need);
  ::setenv("GLIBC_TUNABLES", raised.c_str(), 1);
}

}  // namespace

ToolPlan plan_tool(const std::string& tool, const survey::Options& options,
                   const programs::Program& program) {
  survey::Options capsule = settings::with_profiles(options);
  capsule.preload = true;
  capsule.expose = {inside_tree(tool, options.tree)};
  // By which a policy names it.
  if (!options.seccomp.empty()) capsule.name = file_name_of(tool);
  refuse_parts_of_glibc(tool);
  refuse_other_files(tool, options.tree, capsule.expose[0]);
  ToolPlan plan;
  plan.survey = survey::Survey::make(capsule, &program);
  const plan::Node* node = &tool_of(*plan.survey, tool);
  refuse_programs(*node);
  if (options.isolated) require_isolable(*plan.survey, *node, options, plan.stamp);
  if (std::vector<std::string> names = wrapped_libraries(*plan.survey, *node); !names.empty()) {
    for (const std::string& name : names) {
      capsule.share.push_back(name);
      plan.notes.push_back(name + ": is the program's own, since " + std::string(node->name) +
                           " replaces functions of it");
    }
    plan.survey = survey::Survey::make(capsule, &program);
  }
  plan.survey->require_complete();
  for (std::string_view note : plan.survey->plan().notes) plan.notes.emplace_back(note);
  if (options.isolated && options.strict == true) {
    plan.notes.push_back(
        "modules of the name service and of iconv are opened by the tool's own libc, as ld.so "
        "finds them on this system, also in a strict capsule");
  }
  for (const messages::Warning& warning : plan.survey->warnings()) {
    plan.warnings.push_back(warning.text);
  }
  return plan;
}

std::string key_of(const std::vector<std::string>& tools, const survey::Options& options,
                   const programs::Program& program) {
  std::string key = survey::own_identity() + "preload\n";
  for (const std::string& tool : tools) append_key(key, "tool", tool);
  append_key(key, "tree", options.tree);
  append_key(key, "isolated", options.isolated ? "yes" : "no");
  if (options.strict == true) append_key(key, "strict", "yes");
  for (const std::string& path : options.permit) append_key(key, "permit", path);
  append_key(key, "seccomp", options.seccomp);
  for (const std::string& name : options.share) append_key(key, "share", name);
  for (const std::string& name : options.keep_private) append_key(key, "private", name);
  for (const std::string& map : options.map) append_key(key, "map", map);
  for (const std::string& path : options.library_path) append_key(key, "search", path);
  append_key(key, "program", program.binary);
  for (const std::string& file : program.chain) append_key(key, "through", file);
  append_key(key, "linker", program.linker);
  append_key(key, "library-path", programs::library_path_for(&program));
  std::error_code unknown;
  append_key(key, "directory", std::filesystem::current_path(unknown).string());
  return key;
}

void write_interposers(const std::vector<ToolPlan>& plans, const survey::Options& options,
                       std::string_view policy, const std::string& directory) {
  std::set<std::string> names = {std::string(kOrder + 1), std::string(survey::kPolicyFile)};
  for (const survey::OwnLibrary& library : survey::own_libraries()) names.insert(library.name);
  std::set<std::string_view> requests;
  std::vector<std::string> order;
  std::size_t static_tls = 0;
  for (const ToolPlan& plan : plans) {
    // A tool that is named twice is loaded once.
    if (!requests.insert(plan.survey->request()).second) continue;
    std::string name = file_name_for(plan.survey->plan().expose[0], names);
    cache::write_interposer(*plan.survey, directory, name);
    static_tls += static_tls_of(*plan.survey);
    order.push_back(name);
  }
  if (options.isolated) static_tls += kIsolatedStaticTls;
  if (static_tls <= kOptionalStaticTls) static_tls = 0;
  if (!policy.empty())
    cache::write_file(directory + "/" + std::string(survey::kPolicyFile), policy);
  write_order(directory, static_tls, order);
}

std::size_t static_tls_of_capsule(survey::Survey& survey) {
  return add_up_blocks(survey, [](const plan::Entry& entry, const elf::Object& library) {
    return needs_static_tls(library) ||
           (entry.role == plan::Role::exposed && exports_thread_locals(library));
  });
}

void write_order(const std::string& directory, std::size_t static_tls,
                 const std::vector<std::string>& files, const std::vector<std::string>& others) {
  std::string text = std::to_string(static_tls) + "\n";
  for (const std::string& file : files) text += file + "\n";
  for (const std::string& other : others) text += other + "\n";
  cache::write_file(directory + kOrder, text);
}

bool preload_from(const std::string& directory) {
  std::ifstream file(directory + kOrder);
  if (!file) return false;
  std::string line, list;
  NamedPaths named_paths;
  std::uint64_t static_tls = 0;
  if (!std::getline(file, line) || !parse_number(line, static_tls)) {
    throw messages::Failure(directory + kOrder + ": cannot be read; remove that directory");
  }
  while (std::getline(file, line)) {
    if (set_variable_of(line) || named_paths.take(line)) continue;
    // Twice, for where ld.so cannot open it once: it then goes on without, and says so.
    for (int time = 0; time < 2; ++time) list += (list.empty() ? "" : ":") + directory + "/" + line;
  }
  std::string before = environment("LD_PRELOAD");
  if (!before.empty()) list += (list.empty() ? "" : ":") + before;
  if (!list.empty()) ::setenv("LD_PRELOAD", list.c_str(), 1);
  raise_static_tls(static_tls);
  named_paths.say();
  return true;
}

}  // namespace bulkhead::preload
