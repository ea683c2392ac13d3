#include "trees/apt.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "messages/failure.h"
#include "suggest/near.h"
#include "trees/child.h"

namespace bulkhead::trees {
namespace {

using messages::Failure;

constexpr std::size_t kMostNear = 3;

constexpr const char* kElse =
    "trees can also be made with --image FILE or --from DIR (bulkhead help tree)";

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  file.close();
  if (!file) throw messages::NoRoom(path + ": cannot be written");
}

// apt's errors and warnings, without their letters; if there is none, the last line.
std::string complaints(std::string_view said) {
  std::string text, last;
  while (!said.empty()) {
    std::string_view line = trimmed(split_off(said, '\n'));
    if (!line.empty()) last = line;
    if (!line.starts_with("E: ") && !line.starts_with("Err:")) continue;
    text +=
        (text.empty() ? "" : "; ") + std::string(line.starts_with("E: ") ? drop(line, 3) : line);
  }
  return text.empty() ? last : text;
}

// What apt writes for a file's name.
std::string unescaped(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    if (text.starts_with("%3a") || text.starts_with("%3A")) {
      result += ':';
      text = drop(text, 3);
    } else {
      result += text[0];
      text = drop(text, 1);
    }
  }
  return result;
}

// A line as Source::line has it, of another suite than the main one.
bool has_updates(std::string_view line) {
  line = take(line, line.find_last_of(' '));
  return line.ends_with("-updates") || line.ends_with("-security");
}

}  // namespace

Release machine_release() {
  for (const char* tool : {"apt-get", "apt-config", "apt-cache", "dpkg", "dpkg-deb", "tar"}) {
    if (find_tool(tool).empty()) {
      throw Failure(std::string(tool) + ": is not here, and packages are fetched by apt; " + kElse);
    }
  }
  Release release = release_of(content_of("/etc/os-release"));
  if (release.codename.empty()) {
    throw Failure(std::string("/etc/os-release: has no VERSION_CODENAME, so nobody knows which of "
                              "apt's sources are this system's; ") +
                  kElse);
  }
  return release;
}

Apt::Apt(std::string directory, const Release& release, std::string suite)
    : directory_(std::move(directory)),
      suite_(std::move(suite)),
      keyring_("/usr/share/keyrings/" + release.id + "-archive-keyring.gpg"),
      release_(release) {
  if (directory_.find_first_of("\"\\\n") != std::string::npos) {
    throw Failure(directory_ + ": apt cannot be told of a directory of that name");
  }
  if (::access(keyring_.c_str(), R_OK) != 0) {
    throw Failure(keyring_ + ": is missing, and nothing could check what is fetched; install " +
                  release.id + "-archive-keyring");
  }
  write_configuration();
}

void Apt::write_configuration() const {
  for (const char* each : {"/state/lists/partial", "/cache/archives/partial", "/dpkg"}) {
    std::filesystem::create_directories(directory_ + each);
  }
  write(directory_ + "/dpkg/status", "");
  write(directory_ + "/preferences", "");
  std::string text;
  const std::string dump = output_of({"apt-config", "dump"}, directory_);
  std::string_view rest = dump;
  while (!rest.empty()) {
    std::string_view line = split_off(rest, '\n');
    // What is not signed stays out, whatever the machine takes.
    if (line.starts_with("Acquire::") && !line.starts_with("Acquire::Languages") &&
        !line.starts_with("Acquire::Allow")) {
      text += std::string(line) + "\n";
    }
  }
  const std::string machine(trimmed(output_of({"dpkg", "--print-architecture"}, directory_)));
  text += fmt::format(R"(Acquire::Languages "none";
Acquire::Retries "3";
APT::Architecture "{1}";
APT::Architectures {{ "{1}"; }};
APT::Sandbox::User "root";
APT::Install-Recommends "false";
APT::Install-Suggests "false";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::sourcelist "{0}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "{0}/preferences";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "{0}/state";
Dir::State::status "{0}/dpkg/status";
Dir::Cache "{0}/cache";
Dir::Log "{0}";
)",
                      directory_, machine);
  write(directory_ + "/apt.conf", text);
}

int Apt::run(std::vector<std::string> line, int third, std::string& said,
             Progress* progress) const {
  Fd log = make_log(directory_);
  const Child::Variables variables = {{"APT_CONFIG", directory_ + "/apt.conf"},
                                      {"DEBIAN_FRONTEND", "noninteractive"},
                                      {"LC_ALL", "C.UTF-8"}};
  if (progress == nullptr) {
    Child child(line, {.out = log.get(), .errors = log.get()}, variables);
    const int status = child.wait();
    said = read_log(log.get());
    return status;
  }
  line.insert(line.begin() + 1, {"-o", "APT::Status-Fd=" + std::to_string(third)});
  Pipe pipe = make_pipe();
  Child child(line, {.out = log.get(), .errors = log.get(), .third = pipe.writer.get()}, variables);
  pipe.writer.reset();
  Lines lines(pipe.reader.get());
  for (std::string each; lines.next(each);) {
    // dlstatus:NUMBER:PERCENT:WHAT
    std::string_view rest = each;
    if (split_off(rest, ':') != "dlstatus") continue;
    split_off(rest, ':');
    std::string_view percent = split_off(rest, ':');
    std::uint64_t whole = 0;
    if (parse_number(split_off(percent, '.'), whole)) progress->at(whole, 100);
  }
  const int status = child.wait();
  said = read_log(log.get());
  return status;
}

void Apt::fail(const std::string& what, const std::string& said) const {
  throw Failure(what + ": apt says: " + with_near_names(complaints(said)));
}

std::string Apt::with_near_names(const std::string& error) const {
  constexpr std::string_view kUnknown = "Unable to locate package ";
  const std::size_t at = error.find(kUnknown);
  if (at == std::string::npos) return error;
  std::string_view rest = drop(error, at + kUnknown.size());
  const std::string name(take(rest, rest.find_first_of("; ")));
  std::string said;
  if (run({"apt-cache", "pkgnames"}, 0, said, nullptr) != 0) return error;
  std::vector<std::string> names;
  std::string_view all = said;
  while (!all.empty()) names.emplace_back(split_off(all, '\n'));
  std::string near;
  for (const std::string& each : suggest::near_words(name, names)) {
    if (std::ranges::count(near, ',') + 1 >= static_cast<std::ptrdiff_t>(kMostNear)) break;
    near += (near.empty() ? "" : ", ") + each;
  }
  return near.empty() ? error : error + "; " + suite_ + " has " + near;
}

bool Apt::use(const std::vector<Source>& sources) {
  std::string text;
  lines_.clear();
  for (const Source& source : sources) {
    lines_.push_back(source.line(keyring_));
    text += lines_.back() + "\n";
  }
  write(directory_ + "/sources.list", text);
  return !sources.empty();
}

void Apt::fetch_lists(const std::vector<std::string>& before, Progress& progress) {
  std::vector<Source> sources =
      translated(output_of({"apt-get", "indextargets", "--format",
                            "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Identifier: Packages"},
                           directory_),
                 release_, suite_);
  if (!use(sources)) {
    throw Failure("apt has no source of " + release_.codename +
                  " on this machine, so that nobody knows where " + suite_ + " could be; " + kElse);
  }
  progress.step("fetching the lists of packages of " + suite_);
  const std::vector<std::string> line = {"apt-get", "-q", "update", "-o",
                                         "APT::Update::Error-Mode=any"};
  std::string said;
  if (run(line, 3, said, &progress) == 0) return;
  if (std::ranges::any_of(before, has_updates)) {
    fail("the lists of packages of " + suite_ +
             " cannot be had with its updates and security fixes, which the tree has",
         said);
  }
  // Not every release has -updates and -security (sid, archived ones).
  std::erase_if(sources, [](const Source& source) { return !source.is_main_one; });
  const std::string first = said;
  if (!use(sources) || run(line, 3, said, &progress) != 0) {
    fail("the lists of packages of " + suite_ + " cannot be had", said.empty() ? first : said);
  }
  progress.warn("without its updates and security fixes, which cannot be had: " +
                complaints(first));
}

std::string Apt::choose(const std::string& alternatives) const {
  std::string_view rest = alternatives;
  std::string first, said;
  while (!rest.empty()) {
    std::string name(split_off(rest, '|'));
    if (first.empty() && rest.empty()) return name;
    if (first.empty()) first = name;
    if (run({"apt-cache", "show", "--no-all-versions", name}, 0, said, nullptr) == 0) return name;
  }
  return first;
}

// Lines: 'URI' NAME_VERSION_MACHINE.deb SIZE HASH
void Apt::read_plan(const std::string& text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view line = split_off(rest, '\n');
    if (!line.starts_with('\'')) continue;
    line = drop(line, 1);
    std::string_view uri = split_off(line, '\'');
    line = drop(line, 1);
    std::string_view file = split_off(line, ' '), named = file;
    std::uint64_t size = 0;
    if (!parse_number(split_off(line, ' '), size) || !file.ends_with(".deb")) continue;
    planned_.push_back({std::string(uri), std::string(file)});
    std::string name(split_off(named, '_'));
    packages_.push_back({std::move(name), unescaped(split_off(named, '_'))});
    size_ += size;
  }
  std::ranges::sort(packages_, {}, &Package::name);
}

void Apt::plan(const std::vector<std::string>& names) {
  names_ = names;
  std::vector<std::string> line = {"apt-get", "-q", "install", "--yes", "--print-uris"};
  line.insert(line.end(), names_.begin(), names_.end());
  std::string said;
  if (run(line, 0, said, nullptr) != 0) fail("no packages of " + suite_ + " can be had", said);
  read_plan(said);
  if (planned_.empty()) fail("no packages of " + suite_ + " can be had", said);
}

std::vector<std::string> Apt::fetch(Progress& progress) {
  progress.step(
      fmt::format("fetching {} packages of {}, {}", packages_.size(), suite_, size_text(size_)));
  std::vector<std::string> line = {"apt-get", "-q", "install", "--yes", "--download-only"};
  line.insert(line.end(), names_.begin(), names_.end());
  std::string said;
  if (run(line, 3, said, &progress) != 0) fail("packages of " + suite_ + " cannot be had", said);
  std::vector<std::string> files;
  for (const Planned& each : planned_) {
    files.push_back(directory_ + "/cache/archives/" + each.file);
    // What lies on this machine is not copied.
    if (::access(files.back().c_str(), R_OK) != 0) {
      files.back() = each.uri.starts_with("file:") ? each.uri.substr(5) : files.back();
    }
    if (::access(files.back().c_str(), R_OK) != 0) fail(each.file + ": was not fetched", said);
  }
  return files;
}

}  // namespace bulkhead::trees
