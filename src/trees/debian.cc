#include "trees/debian.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <vector>

#include "base/text.h"
#include "messages/failure.h"
#include "settings/profile_file.h"
#include "settings/profiles.h"
#include "trees/apt.h"
#include "trees/child.h"

namespace bulkhead::trees {
namespace {

using messages::Failure;

// It brings /etc/ld.so.conf as the release has it.
constexpr const char* kAlways = "libc-bin";

// Options and their like are not for apt to see.
void check_words(const Manifest& wish) {
  auto is_plain = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') ||
           std::string_view("+-.:|=~_").find(letter) != std::string_view::npos;
  };
  for (const std::string& name : wish.asked) {
    if (name.empty() || name[0] == '-' || !std::ranges::all_of(name, is_plain)) {
      throw Failure(name + ": is no name of a package");
    }
  }
  if (wish.suite.empty() || wish.suite[0] == '-' ||
      !std::ranges::all_of(wish.suite, [&](char c) { return c == '/' || is_plain(c); })) {
    throw Failure("--suite " + wish.suite + ": is no name of a suite");
  }
}

// A derivative's packages are called as Debian's, unless the profile says otherwise.
std::vector<std::string> packages_of(const std::string& profile, const Release& release,
                                     const std::string& suite) {
  if (const std::string why = settings::no_such_profile(profile); !why.empty()) {
    throw Failure("--profile " + profile + ": " + why);
  }
  const settings::ProfileFile file = settings::profile_named(profile);
  std::vector<std::string> names = settings::packages_for(file, release.id, suite);
  if (names.empty()) names = settings::packages_for(file, "debian", suite);
  if (!names.empty()) return names;
  throw Failure("--profile " + profile + ": it names no packages for " + release.id +
                " (docs/profile.md: packages); name them with --packages");
}

std::vector<std::string> wanted_of(const Manifest& wish, const Release& release, const Apt& apt) {
  std::vector<std::string> names{kAlways};
  auto add = [&](const std::string& alternatives) {
    const std::string name = apt.choose(alternatives);
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (const std::string& profile : wish.profiles) {
    for (const std::string& name : packages_of(profile, release, wish.suite)) add(name);
  }
  for (const std::string& name : wish.asked) add(name);
  return names;
}

// Directories at the top are links into usr/ since Debian 12, and packages may still name the old
// ones: tar must go through the links, not replace them.
void make_links(const std::string& tree) {
  if (::mkdir((tree + "/usr").c_str(), 0755) != 0) throw Failure(tree + "/usr: cannot be made");
  for (const char* each : {"bin", "sbin", "lib", "lib64"}) {
    const std::string inside = std::string("usr/") + each;
    if (::mkdir((tree + "/" + inside).c_str(), 0755) != 0 ||
        ::symlink(inside.c_str(), (tree + "/" + each).c_str()) != 0) {
      throw Failure(tree + "/" + inside + ": cannot be made");
    }
  }
}

void unpack(const std::string& package, const std::string& tree, const std::string& scratch) {
  Fd log = make_log(scratch);
  Pipe pipe = make_pipe();
  Child reader({"dpkg-deb", "--fsys-tarfile", package},
               {.out = pipe.writer.get(), .errors = log.get()});
  Child writer({"tar", "-x", "-C", tree, "--keep-directory-symlink", "--no-same-owner",
                "--no-same-permissions"},
               {.in = pipe.reader.get(), .errors = log.get()}, {{"LC_ALL", "C.UTF-8"}});
  pipe = {};
  const int written = writer.wait(), read = reader.wait();
  if (written == 0 && read == 0) return;
  throw messages::NoRoom(std::string(file_name_of(package)) +
                         ": cannot be unpacked: " + std::string(trimmed(read_log(log.get()))));
}

// Saves who opens libraries a search, and is not needed.
void write_cache(const std::string& tree, const std::string& scratch, Progress& progress) {
  try {
    (void)output_of({"ldconfig", "-r", tree, "-X"}, scratch);
  } catch (const Failure& failure) {
    progress.say(std::string("without a cache of ld.so's: ") + failure.what());
  }
}

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

void choose_suite(Manifest& wish, const std::string& name, Progress& progress) {
  for (const std::string& profile : wish.profiles) {
    const std::string why = settings::no_such_profile(profile);
    if (!why.empty()) throw Failure("--profile " + profile + ": " + why);
  }
  const Release release = machine_release();
  if (wish.suite.empty()) {
    const std::string table = content_of("/usr/share/distro-info/" + release.id + ".csv");
    const Suite suite = suite_for(name, release, known_suites(release, table));
    wish.suite = suite.name;
    if (suite.is_own) {
      progress.say("packages of " + suite.name +
                   ", this system's own release; --suite names another");
    }
  }
  check_words(wish);
}

std::optional<Manifest> fill_from_packages(const Manifest& wish, const Manifest* before,
                                           const Making& making, Progress& progress) {
  check_words(wish);
  Manifest made = wish;
  const std::string state = making.scratch() + "/apt";
  if (::mkdir(state.c_str(), 0700) != 0) throw messages::NoRoom(state + ": cannot be made");
  const Release release = machine_release();
  Apt apt(state, release, wish.suite);
  apt.fetch_lists(before == nullptr ? std::vector<std::string>{} : before->sources, progress);
  apt.plan(wanted_of(wish, release, apt));
  made.packages = apt.packages();
  made.sources = apt.sources();
  if (before != nullptr && before->packages == made.packages) return std::nullopt;
  const std::vector<std::string> files = apt.fetch(progress);
  progress.step("unpacking");
  make_links(making.files());
  for (std::size_t i = 0; i < files.size(); ++i) {
    unpack(files[i], making.files(), making.scratch());
    progress.at(i + 1, files.size());
  }
  write_cache(making.files(), making.scratch(), progress);
  return made;
}

}  // namespace bulkhead::trees
