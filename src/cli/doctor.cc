// bulkhead doctor: what this system allows.
#include <fcntl.h>
#include <fmt/core.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <linux/openat2.h>

#include <algorithm>
#include <memory>

#include "base/text.h"
#include "cli/cache.h"
#include "cli/failure.h"
#include "cli/installation.h"
#include "cli/options.h"
#include "cli/preflight.h"
#include "elf/object.h"
#include "resolve/search.h"
#include "resolve/tree.h"

namespace bulkhead::cli {
namespace {

constexpr const char* kAbout =
    R"(Check what this system's glibc and kernel allow, and a tree if one is named.

Each line says ok, warn or fail, and what to do.)";

constexpr const char* kMore =
    R"(Examples:
  bulkhead doctor
  bulkhead doctor --tree /host

Exit status:
  0    nothing failed
  1    something did: bulkhead will not work here
  125  bulkhead doctor itself failed)";

// The oldest glibc that the runtime is made for and tested on.
constexpr unsigned kOldestMinor = 31;

class Report {
 public:
  void ok(const std::string& what, const std::string& text) { line("ok  ", what, text); }
  void warn(const std::string& what, const std::string& text) { line("warn", what, text); }
  void fail(const std::string& what, const std::string& text) {
    failed_ = true;
    line("fail", what, text);
  }
  bool failed() const { return failed_; }

 private:
  static void line(const char* grade, const std::string& what, const std::string& text) {
    fmt::print("{}  {:<12} {}\n", grade, what, text);
  }
  bool failed_ = false;
};

// The highest GLIBC_2.N that the libc of a tree defines; 0 if there is none.
unsigned glibc_minor(const resolve::Tree& tree, std::string& file, std::string& why) {
  Arena arena;
  Result<resolve::Searcher> searcher = resolve::Searcher::open(arena, tree);
  if (!searcher) {
    why = render(arena, searcher.error());
    return 0;
  }
  Result<resolve::Found> libc = searcher->find("libc.so.6", {});
  if (!libc) {
    why = render(arena, libc.error());
    return 0;
  }
  file = libc->file.host_path;
  Result<elf::Object> object = elf::Object::read(arena, libc->image);
  if (!object) {
    why = render(arena, object.error());
    return 0;
  }
  std::uint64_t newest = 0;
  for (const elf::VersionDefinition& definition : object->versions.definitions()) {
    constexpr std::string_view kPrefix = "GLIBC_2.";
    std::uint64_t minor = 0;
    if (!definition.name.starts_with(kPrefix)) continue;
    std::string_view rest = drop(definition.name, kPrefix.size());
    if (parse_number(split_off(rest, '.'), minor)) newest = std::max(newest, minor);
  }
  return static_cast<unsigned>(newest);
}

unsigned check_glibc(Report& report) {
  Arena arena;
  resolve::Tree base = take_or_fail(arena, resolve::Tree::open(arena, "/"));
  std::string file, why;
  unsigned minor = glibc_minor(base, file, why);
  std::string version = "2." + std::to_string(minor) + " (" + file + ")";
  if (minor == 0) {
    report.fail("glibc", "none was found: " + why + "; bulkhead needs glibc's dynamic linker");
  } else if (minor < kOldestMinor) {
    report.warn("glibc", version + ": older than 2.31, the oldest that bulkhead is tested on");
  } else {
    report.ok("glibc", version);
  }
  return minor;
}

void check_kernel(Report& report) {
  struct utsname system;
  ::uname(&system);
  report.ok("kernel", std::string(system.sysname) + " " + system.release + " " + system.machine);
  if (int error = memfd_error()) {
    report.fail("memfd", std::string("memfd_create: ") + ::strerror(error) +
                             "; images in memory need it: allow it in the seccomp filter, or use "
                             "Linux 3.17 or later");
  } else {
    report.ok("memfd", "images can be made in memory");
  }
  struct open_how how = {};
  how.flags = O_PATH | O_CLOEXEC | O_DIRECTORY;
  how.resolve = RESOLVE_IN_ROOT;
  long fd = ::syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof how);
  if (fd >= 0) {
    ::close(static_cast<int>(fd));
    report.ok("openat2", "the kernel resolves paths inside trees");
  } else {
    report.warn(
        "openat2",
        std::string(::strerror(errno)) +
            ": paths inside trees are resolved step by step, which is slower (Linux 5.6 has it)");
  }
  if (has_proc()) {
    report.ok("/proc", "mounted");
  } else {
    report.fail("/proc",
                "is not mounted; the dynamic linker reaches images in memory by it: "
                "mount -t proc proc /proc");
  }
  int seccomp = ::prctl(PR_GET_SECCOMP, 0, 0, 0, 0);
  if (seccomp > 0) {
    report.ok("seccomp", "a filter is active; it allows what was tried here");
  } else {
    report.ok("seccomp", "no filter");
  }
}

void check_cpu(Report& report) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const char* level = "x86-64-v1";
  if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt")) level = "x86-64-v2";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
      __builtin_cpu_supports("fma")) {
    level = "x86-64-v3";
  }
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl")) {
    level = "x86-64-v4";
  }
  report.ok("hwcaps", std::string("glibc-hwcaps up to ") + level);
#endif
}

void check_environment(Report& report) {
  for (const char* name : {"LD_AUDIT", "LD_PRELOAD"}) {
    const char* value = ::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    bool audit = std::string_view(name) == "LD_AUDIT";
    report.warn(
        name,
        std::string(value) +
            (audit ? ": auditors see bulkhead's images too, and slow down every binding"
                   : ": interposes in the program, and in capsules where they share a library"));
  }
  const char* path = ::getenv("LD_LIBRARY_PATH");
  if (path != nullptr && *path != '\0')
    report.ok("environment", std::string("LD_LIBRARY_PATH=") + path);
  // glibc: DL_NNS is 16, and the program has one of them.
  report.ok("namespaces", "glibc has room for 15 capsules in a process");
}

void check_installation(Report& report) {
  try {
    report.ok("libraries", own_libraries().front().path);
  } catch (const Failure& failure) {
    report.fail("libraries", failure.what());
  }
  try {
    Cache cache("");
    if (cache.detour().empty()) {
      report.ok("cache", cache.directory());
    } else {
      report.warn("cache", cache.detour() + "; using " + cache.directory());
    }
  } catch (const Failure& failure) {
    report.fail("cache", failure.what());
  }
}

void check_tree(Report& report, const std::string& path, unsigned base_minor) {
  Arena arena;
  Result<resolve::Tree> tree = resolve::Tree::open(arena, path);
  if (!tree) {
    report.fail("tree", std::string(render(arena, tree.error())));
    return;
  }
  std::string file, why;
  unsigned minor = glibc_minor(*tree, file, why);
  if (minor == 0) {
    report.warn("tree",
                path + ": has no libc.so.6 of its own (" + why +
                    "); good if its libraries were built for a glibc not newer than this system's");
  } else if (minor > base_minor) {
    report.ok(
        "tree",
        path + ": glibc 2." + std::to_string(minor) +
            ", newer than this system's; bulkhead's compat library provides what is missing here");
  } else {
    report.ok("tree", path + ": glibc 2." + std::to_string(minor));
  }
  if (!tree->has_directory("/etc") ||
      ::access(tree->host_path(arena, "/etc/ld.so.cache").data(), R_OK) != 0) {
    report.ok("tree", "no ld.so.cache: its ld.so.conf and the usual directories are searched");
  }
}

}  // namespace

void add_doctor(CLI::App& app, int& status) {
  auto tree = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("doctor", kAbout);
  command->add_option("--tree", *tree, "Look at this tree too")->type_name("DIR");
  command->footer(kMore);
  command->callback([tree, &status] {
    Report report;
    unsigned minor = check_glibc(report);
    check_kernel(report);
    check_cpu(report);
    check_environment(report);
    check_installation(report);
    if (!tree->empty()) check_tree(report, *tree, minor);
    status = report.failed() ? 1 : 0;
  });
}

}  // namespace bulkhead::cli
