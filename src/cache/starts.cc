#include "cache/starts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "base/fd.h"
#include "base/text.h"
#include "cache/places.h"
#include "survey/stamp.h"
#include "warm/record.h"

namespace bulkhead::cache {
namespace {

constexpr const char* kOrder = "/preload";  // preload/tool_plan.h
constexpr const char* kTemporary = "new-XXXXXX";

std::string own_path() {
  char buffer[PATH_MAX];
  const ssize_t size = ::readlink("/proc/self/exe", buffer, sizeof buffer);
  return {buffer, size > 0 ? static_cast<std::size_t>(size) : 0};
}

std::string content_of(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  Result<FileMapping> mapping = FileMapping::of(fd.get());
  return mapping ? std::string(mapping->text()) : std::string();
}

void append(std::string& record, char tag, std::string_view text) {
  record += tag;
  record.append(text) += '\0';
}

std::string number(unsigned long value) {
  char digits[24];
  ::snprintf(digits, sizeof digits, "%lx ", value);
  return digits;
}

// What is neither set-user-ID nor the like stays so while its status stays the same.
bool is_unprivileged(const std::string& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 && (status.st_mode & (S_ISUID | S_ISGID)) == 0 &&
         ::getxattr(path.c_str(), "security.capability", nullptr, 0) <= 0;
}

// A clock's tick has many moments: what was written a moment ago could be written again without a
// trace. What these files say is not compared, only when they were changed.
bool are_old_enough(const std::vector<std::string>& files) {
  const std::time_t now = ::time(nullptr);
  return std::ranges::all_of(files, [&](const std::string& file) {
    struct stat status;
    return ::stat(file.c_str(), &status) == 0 && status.st_ctime + 1 < now;
  });
}

// Written beside its place, so that a reader finds a whole one. Where it cannot be, there is none.
void put(const std::string& directory, const std::string& name, const std::string& text) {
  const std::string path = directory + "/" + name;
  if (content_of(path) == text) return;
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return;
  std::string beside = directory + "/" + kTemporary;
  Fd fd(::mkostemp(beside.data(), O_CLOEXEC));
  if (!fd.valid()) return;
  if (!write_all(fd.get(), as_bytes(text)) || ::rename(beside.c_str(), path.c_str()) != 0) {
    ::unlink(beside.c_str());
  }
}

}  // namespace

Start::Start(char** words) : words_(words) {
  for (char** each = environ; *each != nullptr; ++each) environment_.emplace_back(*each);
}

void Start::set_shims(const std::string& entry, const std::string& key) {
  if (warm::program_at(words_) == 0) return;
  entry_ = entry;
  key_ = key;
}

// What was changed and added, and all that the way here depended on. Of variables that a profile
// sets, or that name files to its libraries, that they are not set: of others something is said at
// each start. False if so.
bool Start::add_environment(std::string& text) const {
  std::vector<const char*> before;
  for (const std::string& each : environment_) before.push_back(each.c_str());
  before.push_back(nullptr);
  auto add_variable = [&](const std::string& name) {
    const char* value = warm::value_of(name.c_str(), before.data());
    append(text, warm::kVariable, value == nullptr ? name : name + "=" + value);
  };
  for (const char* name = warm::kVariables; *name != '\0'; name += warm::length(name) + 1) {
    add_variable(name);
  }
  const std::string order = content_of(entry_ + kOrder);
  for (std::string_view rest = order; !rest.empty();) {
    const std::string_view line = split_off(rest, '\n');
    if (!line.starts_with('=') && !line.starts_with('?')) continue;
    const std::string name(line.substr(1, line.find('=', 1) - 1));
    if (warm::value_of(name.c_str(), before.data()) != nullptr) return false;
    add_variable(name);
  }
  for (std::size_t i = 0; environ[i] != nullptr; ++i) {
    const std::string now = environ[i];
    if (i < environment_.size() && environment_[i] == now) continue;
    add_variable(now.substr(0, now.find('=')));
    append(text, warm::kSetting, now);
  }
  return true;
}

std::string Start::text_for(const programs::Program& program) const {
  std::string text(warm::kFormat, sizeof warm::kFormat);
  const std::string self = own_path();
  char here[PATH_MAX];
  if (::getcwd(here, sizeof here) == nullptr || self.empty()) return {};
  append(text, warm::kSelf, self);
  append(text, warm::kHere, here);
  append(text, warm::kUser, number(::getuid()) + number(::getgid()));
  for (std::size_t i = 1; i <= warm::program_at(words_); ++i) append(text, warm::kWord, words_[i]);
  append(text, warm::kFacts, survey::Stamp::line_of(self));
  for (const std::string& path : absent_) append(text, warm::kFacts, "- " + path);
  for (const std::string& path : program.passed_over) append(text, warm::kFacts, "- " + path);
  // Whether they changed tells the stamp, in which they are.
  for (const std::string& path : program.chain) append(text, warm::kReadable, path);
  for (const std::string& path : program.interpreters) append(text, warm::kReadable, path);
  for (const std::string& path : trusted_) append(text, warm::kTrusted, path);
  if (!add_environment(text)) return {};
  append(text, warm::kKey, key_);
  append(text, warm::kEntry, entry_);
  append(text, warm::kProgram, program.path);
  append(text, warm::kEnd, {});
  return text;
}

void Start::write(const programs::Program& program,
                  const std::vector<std::string>& line) const noexcept {
  try {
    const std::size_t at = warm::program_at(words_);
    const char* debugged = ::getenv("BULKHEAD_DEBUG");
    if (debugged != nullptr && *debugged != '\0') return;  // it says something each time
    const std::string directory = usual_root() + kLayout;
    if (entry_.empty() || at == 0 || words_[at] != line[0] || program.arguments != line ||
        !program.linker.empty() || program.is_launcher || !entry_.starts_with(directory + "/") ||
        ::getuid() != ::geteuid() || ::getgid() != ::getegid() ||
        !is_unprivileged(program.binary) || !are_old_enough(program.chain)) {
      return;
    }
    auto is_there = [](const std::string& path) {
      struct stat status;
      return ::stat(path.c_str(), &status) == 0;
    };
    if (std::ranges::any_of(program.passed_over, is_there)) return;
    if (std::ranges::any_of(absent_, is_there)) return;
    std::vector<const char*> before;
    for (const std::string& each : environment_) before.push_back(each.c_str());
    before.push_back(nullptr);
    const std::string text = text_for(program);
    if (text.empty() || text.size() > warm::kMaxRecord) return;
    char here[PATH_MAX], name[warm::Hash::kDigits];
    if (::getcwd(here, sizeof here) == nullptr) return;
    warm::name_of(words_, at, here, before.data()).write(name);
    put(directory + warm::kDirectory, std::string(name, sizeof name), text);
  } catch (const std::exception&) {
    // The next start finds out for itself.
  }
}

}  // namespace bulkhead::cache
