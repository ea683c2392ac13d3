#include "tool/hooks.h"

#include "base/text.h"
#include "plan/rules_of_thumb.h"
#include "process/object_writer.h"
#include "tool/everlasting.h"
#include "tool/words.h"

namespace bulkhead::tool {

struct Hook {
  Rule rule;
  elf::Addr native = 0;     // the first definition; 0: there is none yet, and nothing is replaced
  bool is_default = false;  // whether that is what references without a version are bound to
  elf::Addr home = 0;       // an address in the library that is left alone; 0 for none
  bool removed = false;
  Hook* older = nullptr;  // stays when it is taken off: a reader may be standing on it
  Hook* next_free = nullptr;
};

namespace {

struct Hooks {
  Arena arena;
  Hook* newest = nullptr;
  Hook* free = nullptr;
  std::size_t count = 0;  // of tools
  bool has_own = false;
  Words words;
};

// Guard: ld.so's lock; what is walked along without it is published by release.
constinit Everlasting<Hooks> g_hooks;
// Guard: atomic.
constinit bool g_any = false;

// Who walks along the hooks without ld.so's lock. It takes no lock of ours either: a child of fork
// would wait for ever for a thread of its parent's. While there is one, hooks that were taken off
// are not used again; so a child that has such a thread's trace uses none again. Guard: atomic.
constinit std::size_t g_readers = 0;

class Reading {
 public:
  Reading() { __atomic_fetch_add(&g_readers, 1, __ATOMIC_SEQ_CST); }
  ~Reading() { __atomic_fetch_sub(&g_readers, 1, __ATOMIC_SEQ_CST); }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
};

const Hook* follow(Hook* const& link) { return __atomic_load_n(&link, __ATOMIC_SEQ_CST); }

void set_link(Hook*& link, Hook* hook) { __atomic_store_n(&link, hook, __ATOMIC_SEQ_CST); }

bool is_on(const Hook& hook) { return !__atomic_load_n(&hook.removed, __ATOMIC_ACQUIRE); }

elf::Addr native_of(const Hook& hook) { return __atomic_load_n(&hook.native, __ATOMIC_ACQUIRE); }

bool fits_library(const Hook& hook, const Library& library) {
  if (library.contains(hook.home)) return false;
  std::string_view pattern = hook.rule.callers;
  if (pattern.data() == nullptr) return true;
  if (library.path.empty()) return false;  // code that no library holds
  bool by_path = pattern.find('/') != std::string_view::npos;
  return fits_pattern(pattern, by_path ? library.path : library.name());
}

bool fits_version(const Hook& hook, std::string_view version) {
  if (hook.rule.version.empty() || hook.rule.version == version) return true;
  return version.empty() && __atomic_load_n(&hook.is_default, __ATOMIC_RELAXED);
}

// The hook that decides; null if none does.
const Hook* find(std::string_view name, std::string_view version, const Library& library) {
  for (const Hook* hook = follow(g_hooks.get().newest); hook != nullptr;
       hook = follow(hook->older)) {
    if (!is_on(*hook) || native_of(*hook) == 0 || hook->rule.name != name) continue;
    if (fits_version(*hook, version) && fits_library(*hook, library)) return hook;
  }
  return nullptr;
}

// Whether all calls that come to the one would come to the other.
bool stands_behind(const Rule& rule, const Rule& other) {
  if (rule.name != other.name) return false;
  if (!rule.version.empty() && rule.version != other.version) return false;
  return rule.callers.data() == nullptr ||
         (other.callers.data() != nullptr && rule.callers == other.callers);
}

void write_original(const Hook& hook) {
  if (hook.rule.original == nullptr) return;
  elf::Addr address = hook.native;
  for (const Hook* older = hook.older; older != nullptr; older = older->older) {
    if (older->removed || older->native == 0 || !stands_behind(older->rule, hook.rule)) continue;
    address = older->rule.replacement;
    break;
  }
  __atomic_store_n(hook.rule.original, address, __ATOMIC_RELEASE);
}

void write_originals() {
  for (Hook* hook = g_hooks.get().newest; hook != nullptr; hook = hook->older) {
    if (!hook->removed) write_original(*hook);
  }
}

Program::Definition look_up(Program& program, const Rule& rule) {
  return program.find(rule.name, rule.version, rule.replacement);
}

void settle(Program& program, Hook& hook, elf::Addr native) {
  bool is_default =
      native != 0 && program.find(hook.rule.name, {}, hook.rule.replacement).address == native;
  __atomic_store_n(&hook.is_default, is_default, __ATOMIC_RELAXED);
  __atomic_store_n(&hook.native, native, __ATOMIC_RELEASE);
}

// The words of one library, for some names.
class Scan {
 public:
  Scan(Program& program, std::size_t index, std::span<const std::string_view> names)
      : program_(program),
        index_(index),
        library_(program.libraries()[index]),
        object_(program.object(index)),
        names_(names) {}

  void run() {
    if (object_ == nullptr || library_.generated) return;
    if (library_.contains(reinterpret_cast<elf::Addr>(&find_replacement))) return;
    process::ObjectWriter writer(object_->image);
    writer_ = &writer;
    for_each_reference(*object_, {&wants, &visit, this});
  }

 private:
  static bool wants(void* context, std::string_view name) {
    for (std::string_view each : static_cast<Scan*>(context)->names_) {
      if (each == name) return true;
    }
    return false;
  }
  static void visit(void* context, const Reference& reference) {
    static_cast<Scan*>(context)->settle_word(reference);
  }

  void settle_word(const Reference& reference) {
    Words& words = g_hooks.get().words;
    Word* known = words.find(reference.word);
    elf::Addr now = __atomic_load_n(reference.word, __ATOMIC_ACQUIRE);
    const Hook* hook = find(reference.name, reference.version, library_);
    if (known != nullptr && now != known->written) {
      if (known->data) return;  // the program has changed its mind
      known->before = now;
    }
    if (hook == nullptr) {
      if (known == nullptr) return;
      if (now == known->written) writer_->write(reference.word, known->before);
      words.remove(reference.word);
      return;
    }
    elf::Addr wanted = hook->rule.replacement;
    if (known == nullptr) {
      // An undefined weak function stays so; a pointer may be another one by now.
      if (now == 0 || (reference.data && now != hook->native)) return;
      if (leads_elsewhere(reference, now, *hook)) return;
      words.add({reference.word, now, wanted, reference.data});
    } else {
      known->written = wanted;
    }
    if (now != wanted && !writer_->write(reference.word, wanted)) words.remove(reference.word);
  }

  // Whether a function of that name is meant which is another library's, or the caller's own: that
  // of plugins, which are opened without RTLD_GLOBAL and may all have one.
  bool leads_elsewhere(const Reference& reference, elf::Addr now, const Hook& hook) {
    if (now == hook.native) return false;
    std::size_t at = program_.library_at(now);
    if (at == program_.libraries().size() || at == program_.library_at(hook.native)) return false;
    elf::Addr defined = program_.definition_in(at, reference.name, reference.version).address;
    if (defined == now) return true;
    // Not bound yet: that will be to its own, unless there is a global one.
    return at == index_ && defined != 0 &&
           !program_.is_global(hook.native, reference.name, reference.version);
  }

  Program& program_;
  std::size_t index_;
  const Library& library_;
  const elf::Object* object_;
  std::span<const std::string_view> names_;
  process::ObjectWriter* writer_ = nullptr;
};

void scan_all(Program& program, std::span<const std::string_view> names) {
  for (std::size_t i = 0; i < program.libraries().size(); ++i) Scan(program, i, names).run();
}

std::span<const std::string_view> all_names(Arena& arena) {
  List<std::string_view> names(arena);
  for (const Hook* hook = g_hooks.get().newest; hook != nullptr; hook = hook->older) {
    if (!hook->removed && !plan::contains(names.view(), hook->rule.name)) {
      names.push_back(hook->rule.name);
    }
  }
  return names.view();
}

Status check(Program& program, const Rule& rule, const Program::Definition& definition) {
  if (definition.variable) {
    return fail(Fault::conflict, "is a variable, and only functions can be hooked", rule.name,
                program.libraries()[definition.library].path);
  }
  if (definition.address != 0 || rule.version.empty()) return {};
  Program::Definition any = program.find(rule.name, {}, rule.replacement);
  if (any.address == 0) return {};  // it may come later
  return fail(Fault::missing, "is not defined in the version that is to be hooked", rule.name,
              rule.version, "name one that `bulkhead symbols` lists, or none");
}

Hook* make_hook(Program& program, const Rule& rule, elf::Addr native) {
  Hooks& hooks = g_hooks.get();
  Hook* hook = hooks.free;
  if (hook != nullptr && __atomic_load_n(&g_readers, __ATOMIC_SEQ_CST) == 0) {
    hooks.free = hook->next_free;
    *hook = {};
  } else {
    hook = hooks.arena.create<Hook>();
  }
  hook->rule = rule;
  hook->rule.name = keep_name(rule.name);
  hook->rule.version = keep_name(rule.version);
  if (rule.callers.data() != nullptr) hook->rule.callers = keep_name(rule.callers);
  if (!rule.own_calls && program.library_at(rule.replacement) < program.libraries().size()) {
    hook->home = rule.replacement;
  }
  settle(program, *hook, native);
  return hook;
}

}  // namespace

Status add_hooks(Arena& arena, Program& program, std::span<const Rule> rules,
                 std::span<Hook*> made) {
  Hooks& hooks = g_hooks.get();
  if (hooks.count + rules.size() > kMaxHooks) {
    return fail(Fault::limit, "a process can have 1024 hooks at once");
  }
  std::span<elf::Addr> natives = arena.array<elf::Addr>(rules.size());
  for (std::size_t i = 0; i < rules.size(); ++i) {
    Program::Definition definition = look_up(program, rules[i]);
    if (Status fine = check(program, rules[i], definition); !fine) return fine;
    natives[i] = definition.address;
  }
  List<std::string_view> names(arena);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    Hook* hook = make_hook(program, rules[i], natives[i]);
    names.push_back(hook->rule.name);
    hook->older = hooks.newest;
    write_original(*hook);
    set_link(hooks.newest, hook);
    made[i] = hook;
    ++hooks.count;
    __atomic_store_n(&g_any, true, __ATOMIC_RELEASE);
  }
  scan_all(program, names.view());
  return {};
}

void remove_hook(Program& program, Hook* hook) {
  Hooks& hooks = g_hooks.get();
  std::string_view name = hook->rule.name;
  __atomic_store_n(&hook->removed, true, __ATOMIC_RELEASE);
  for (Hook* newer = hooks.newest; newer != hook; newer = newer->older) {
    if (!newer->removed) write_original(*newer);
  }
  scan_all(program, {&name, 1});
  Hook** link = &hooks.newest;
  while (*link != hook) link = &(*link)->older;
  set_link(*link, hook->older);
  hook->next_free = hooks.free;
  hooks.free = hook;
  --hooks.count;
}

void add_own_hooks(Arena& arena, Program& program, std::span<const Rule> rules) {
  Hooks& hooks = g_hooks.get();
  if (hooks.has_own) return;
  hooks.has_own = true;
  List<std::string_view> names(arena);
  for (const Rule& rule : rules) {
    Program::Definition definition = look_up(program, rule);
    // Another tool's stands in front of glibc's: that one means to be called.
    if (definition.address == 0) continue;
    std::string_view library = program.libraries()[definition.library].soname;
    if (!plan::is_glibc_family(library)) continue;
    Hook* hook = make_hook(program, rule, definition.address);
    names.push_back(hook->rule.name);
    Hook** link = &hooks.newest;
    while (*link != nullptr) link = &(*link)->older;
    set_link(*link, hook);
  }
  write_originals();
  scan_all(program, names.view());
}

void hook_arrivals(Arena& arena, Program& program, std::span<const bool> came) {
  if (!any_hooks() && !g_hooks.get().has_own) return;
  bool defined = false;
  for (Hook* hook = g_hooks.get().newest; hook != nullptr; hook = hook->older) {
    if (hook->removed || hook->native != 0) continue;
    Program::Definition definition = look_up(program, hook->rule);
    if (definition.address == 0) continue;
    settle(program, *hook, definition.address);
    defined = true;
  }
  if (defined) write_originals();
  std::span<const std::string_view> names = all_names(arena);
  for (std::size_t i = 0; i < program.libraries().size(); ++i) {
    if (came[i] || defined) Scan(program, i, names).run();
  }
}

void forget_words(elf::Addr begin, elf::Addr end) {
  g_hooks.get().words.remove_between(begin, end);
}

void renew_originals(Program& program) {
  for (Hook* hook = g_hooks.get().newest; hook != nullptr; hook = hook->older) {
    if (hook->removed || hook->native == 0) continue;
    if (program.library_at(hook->native) < program.libraries().size()) continue;
    settle(program, *hook, look_up(program, hook->rule).address);
  }
  write_originals();
}

void renew_words(Program& program) {
  Words& words = g_hooks.get().words;
  for (std::size_t i = 0; i < program.libraries().size(); ++i) {
    const Library& library = program.libraries()[i];
    std::optional<process::ObjectWriter> writer;
    words.for_each_between(library.begin, library.end, [&](Word& word) {
      elf::Addr now = __atomic_load_n(word.place, __ATOMIC_ACQUIRE);
      if (word.data || now == word.written) return;
      const elf::Object* object = program.object(i);
      if (object == nullptr) return;
      if (!writer) writer.emplace(object->image);
      word.before = now;
      writer->write(word.place, word.written);
    });
  }
}

elf::Addr find_replacement(std::string_view name, std::string_view version, elf::Addr found,
                           const Library& caller) {
  Reading reading;
  const Hook* hook = find(name, version, caller);
  if (hook == nullptr || (found != 0 && found != native_of(*hook))) return 0;
  return hook->rule.replacement;
}

bool any_hooks() { return __atomic_load_n(&g_any, __ATOMIC_ACQUIRE); }

bool is_hooked(std::string_view name) {
  Reading reading;
  for (const Hook* hook = follow(g_hooks.get().newest); hook != nullptr;
       hook = follow(hook->older)) {
    if (is_on(*hook) && hook->rule.name == name) return true;
  }
  return false;
}

}  // namespace bulkhead::tool
