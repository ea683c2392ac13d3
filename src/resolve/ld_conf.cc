#include "resolve/ld_conf.h"

#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "base/list.h"
#include "base/text.h"
#include "resolve/path_buffer.h"

namespace bulkhead::resolve {
namespace {

constexpr int kMaxIncludes = 16;               // files deep: a circle may use ever new names
constexpr std::size_t kMaxSources = 1024;      // files in all, and directories of patterns
constexpr std::size_t kMaxDirectories = 1024;  // a usual system has five
constexpr std::size_t kMaxNames = 65536;       // that patterns are compared with
constexpr std::size_t kMaxText = 1U << 20U;    // bytes of a file
constexpr std::size_t kDirectoryBuffer = 16384;

bool has_wildcard(std::string_view text) {
  return text.find_first_of("*?[") != std::string_view::npos;
}

// Matches [...] at the front of `pattern` and removes it; `matched` tells the outcome.
// False if it is not closed: then '[' stands for itself.
bool take_class(std::string_view& pattern, char c, bool& matched) {
  std::string_view rest = drop(pattern, 1);
  const bool inverted = rest.starts_with('!') || rest.starts_with('^');
  if (inverted) rest = drop(rest, 1);
  bool any = false;
  for (bool first = true; !rest.empty(); first = false) {
    char low = rest.front();
    if (low == ']' && !first) {
      matched = any != inverted;
      pattern = drop(rest, 1);
      return true;
    }
    char high = low;
    rest = drop(rest, 1);
    if (rest.size() >= 2 && rest.front() == '-' && drop(rest, 1).front() != ']') {
      high = drop(rest, 1).front();
      rest = drop(rest, 2);
    }
    any = any || (low <= c && c <= high);
  }
  return false;
}

bool contains(const List<std::string_view>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

class Reader {
 public:
  Reader(Arena& arena, const Tree& tree)
      : arena_(arena), tree_(tree), directories_(arena), sources_(arena) {}

  void read(std::string_view file, int depth) {
    if (depth == kMaxIncludes || !status_) return;
    if (contains(sources_, file)) return;  // it had its say
    Result<OpenedFile> opened = tree_.open_file(arena_, file);
    if (!opened) return;
    note(file);
    if (static_cast<std::uint64_t>(opened->status.st_size) > kMaxText) {
      refuse("is absurdly large for a list of directories", opened->host_path);
      return;
    }
    Result<FileMapping> mapping = FileMapping::of(opened->fd.get());
    if (!mapping) return;
    std::string_view rest = mapping->text();
    while (!rest.empty() && status_) read_line(split_off(rest, '\n'), file, depth);
  }

  Result<LdConf> result() const {
    if (!status_) return std::unexpected(status_.error());
    return LdConf{directories_.view(), sources_.view()};
  }

 private:
  // The first fault stays.
  void refuse(std::string_view what, std::string_view file) {
    if (status_) status_ = fail(Fault::limit, what, arena_.copy(file));
  }

  void note(std::string_view source) {
    if (contains(sources_, source)) return;
    if (sources_.size() == kMaxSources) {
      return refuse("is one of an absurd number of files that ld.so.conf includes", source);
    }
    sources_.push_back(arena_.copy(source));
  }

  void read_line(std::string_view line, std::string_view file, int depth) {
    line = trimmed(split_off(line, '#'));
    if (line.empty()) return;
    std::size_t word = line.find_first_of(" \t");
    std::string_view keyword = take(line, word);
    if (keyword == "include" && word != std::string_view::npos) {
      std::string_view patterns = drop(line, word);
      while (!(patterns = trimmed(patterns)).empty()) {
        std::string_view pattern = take(patterns, patterns.find_first_of(" \t"));
        patterns = drop(patterns, pattern.size());
        include(pattern, file, depth);
      }
      return;
    }
    if (keyword == "hwcap") return;  // for ldconfig before 2.37, and without effect there
    add_directory(line);
  }

  void include(std::string_view pattern, std::string_view file, int depth) {
    if (!pattern.starts_with('/')) pattern = join_path(arena_, directory_of(file), pattern);
    expand("", drop(pattern, 1), depth);
  }

  // `rest` of a pattern below the directory `done` (empty for the root).
  void expand(std::string_view done, std::string_view rest, int depth) {
    if (!status_) return;
    if (rest.empty()) return read(done, depth + 1);
    std::string_view component = split_off(rest, '/');
    if (!has_wildcard(component)) return expand(join(arena_, {done, "/", component}), rest, depth);
    std::string_view directory = done.empty() ? std::string_view{"/"} : done;
    for (std::string_view name : list(directory, component)) {
      expand(join(arena_, {done, "/", name}), rest, depth);
    }
  }

  // The names in a directory that match, in the order of their bytes.
  std::span<std::string_view> list(std::string_view directory, std::string_view pattern) {
    List<std::string_view> names(arena_);
    Result<Fd> fd = tree_.open_directory(directory);
    note(directory);
    if (!fd) return {};
    if (buffer_ == nullptr) {
      buffer_ = static_cast<char*>(arena_.allocate(kDirectoryBuffer, alignof(struct dirent64)));
    }
    while (status_) {
      long size = ::syscall(SYS_getdents64, fd->get(), buffer_, kDirectoryBuffer);
      if (size <= 0) break;
      for (long at = 0; at < size;) {
        // Glibc's dirent64 has the layout of the kernel's linux_dirent64.
        const auto* entry = reinterpret_cast<const struct dirent64*>(buffer_ + at);
        at += entry->d_reclen;
        if (++names_ > kMaxNames) {
          refuse("lies where patterns of ld.so.conf match an absurd number of names", directory);
        }
        if (matches_pattern(pattern, entry->d_name)) names.push_back(arena_.copy(entry->d_name));
      }
    }
    std::sort(names.begin(), names.end());
    return {names.begin(), names.size()};
  }

  void add_directory(std::string_view line) {
    line = trimmed(take(line, line.find('=')));  // "=libc6": a type, from libc5's days
    while (line.size() > 1 && line.back() == '/') line.remove_suffix(1);
    if (!line.starts_with('/') || contains(directories_, line)) return;
    if (directories_.size() == kMaxDirectories) {
      return refuse("is one of an absurd number of directories in ld.so.conf", line);
    }
    directories_.push_back(arena_.copy(line));
  }

  Arena& arena_;
  const Tree& tree_;
  List<std::string_view> directories_;
  List<std::string_view> sources_;
  std::size_t names_ = 0;
  char* buffer_ = nullptr;  // what getdents64 fills: the names are copied before the next call
  Status status_;
};

}  // namespace

bool matches_pattern(std::string_view pattern, std::string_view name) {
  if (name.starts_with('.') && !pattern.starts_with('.')) return false;
  // Where to go on if what follows the last '*' does not fit.
  std::string_view retry_pattern, retry_name;
  bool can_retry = false;
  while (!name.empty() || !pattern.empty()) {
    if (pattern.starts_with('*')) {
      pattern = drop(pattern, 1);
      retry_pattern = pattern;
      retry_name = name;
      can_retry = true;
      continue;
    }
    if (!name.empty() && !pattern.empty()) {
      std::string_view next = pattern;
      bool matched = false;
      if (pattern.front() != '[' || !take_class(next, name.front(), matched)) {
        matched = pattern.front() == '?' || pattern.front() == name.front();
        next = drop(pattern, 1);
      }
      if (matched) {
        pattern = next;
        name = drop(name, 1);
        continue;
      }
    }
    if (!can_retry || retry_name.empty()) return false;
    retry_name = drop(retry_name, 1);
    name = retry_name;
    pattern = retry_pattern;
  }
  return true;
}

Result<LdConf> read_ld_conf(Arena& arena, const Tree& tree, std::string_view file) {
  Reader reader(arena, tree);
  reader.read(file, 0);
  return reader.result();
}

}  // namespace bulkhead::resolve
