// bulkhead doctor: what this system allows.
#include <fcntl.h>
#include <fmt/core.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <linux/openat2.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cache/cache.h"
#include "cli/command_line.h"
#include "cli/preflight.h"
#include "doctor/examined_tree.h"
#include "doctor/report.h"
#include "elf/glibc.h"
#include "messages/failure.h"
#include "programs/base_glibc.h"
#include "resolve/hwcaps.h"
#include "resolve/tree.h"
#include "survey/installation.h"
#include "trusted/named_trees.h"

namespace bulkhead::cli {

using doctor::Report;
using doctor::Verdict;

namespace {

constexpr const char* kAbout =
    R"(Check what this system's glibc and kernel allow; and with --tree, whether the
libraries of that tree will work in programs of this system.

Each line says ok, warn or fail, and what to do. Of a tree every library in its
library directories is looked at: whether this system's glibc, or bulkhead's compat
library, has what it asks for, and whether this dynamic linker can load it.)";

constexpr const char* kMore =
    R"(Examples:
  bulkhead doctor
  bulkhead doctor --tree /host && echo "all of it can be used"
  bulkhead doctor --tree /host --json | jq -r '.tree.unusable[].file'

Exit status:
  0    nothing failed: bulkhead works here, and so does every library of the tree
  1    something did: bulkhead will not work here, or some library of the tree will not
  125  bulkhead doctor itself failed)";

struct Settings {
  std::string tree;
  bool all = false;
  bool json = false;
};

// The oldest glibc that the runtime is made for and tested on.
constexpr unsigned kOldestMinor = 31;

nlohmann::json as_json(const Verdict& verdict, const std::string& path) {
  nlohmann::json json = {{"path", path},
                         {"glibc", verdict.tree.minor == 0 ? "" : verdict.tree.release()},
                         {"libraries", verdict.libraries},
                         {"as_they_are", verdict.as_they_are},
                         {"with_compat", verdict.with_compat},
                         {"unusable", nlohmann::json::array()},
                         {"incomplete", nlohmann::json::array()},
                         {"notes", nlohmann::json::array()},
                         {"works", verdict.works()}};
  for (const Verdict::Unusable& each : verdict.unusable) {
    json["unusable"].push_back({{"file", each.file}, {"reasons", each.reasons}});
  }
  for (const Verdict::Incomplete& each : verdict.incomplete) {
    json["incomplete"].push_back({{"file", each.file}, {"needs", each.name}});
  }
  for (const auto& [file, note] : verdict.notes) {
    json["notes"].push_back({{"file", file}, {"what", note}});
  }
  return json;
}

programs::Glibc check_glibc(Report& report) {
  Arena arena;
  resolve::Tree base = messages::take_or_fail(arena, resolve::Tree::open(arena, "/"));
  programs::Glibc glibc = programs::glibc_of(base);
  std::string text = glibc.release() + " (" + glibc.file + ")";
  if (glibc.minor == 0) {
    report.fail("glibc",
                "none was found: " + glibc.why + "; bulkhead needs glibc's dynamic linker");
  } else if (glibc.minor < kOldestMinor) {
    report.warn("glibc", text + ": older than 2.31, the oldest that bulkhead is tested on");
  } else {
    report.ok("glibc", text);
  }
  return glibc;
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
  resolve::Hwcaps hwcaps;
  std::span<const std::string_view> names = hwcaps.names();
  report.ok("hwcaps", names.empty() ? "no glibc-hwcaps: the CPU has the baseline alone"
                                    : "glibc-hwcaps up to " + std::string(names.front()));
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
  report.ok("namespaces",
            "glibc has room for " + std::to_string(elf::kMaxCapsules) + " capsules in a process");
}

void check_installation(Report& report) {
  try {
    report.ok("libraries", survey::own_libraries().front().path);
  } catch (const messages::Failure& failure) {
    report.fail("libraries", failure.what());
  }
  try {
    cache::Cache cache("");
    if (cache.detour().empty()) {
      report.ok("cache", cache.directory());
    } else {
      report.warn("cache", cache.detour() + "; using " + cache.directory());
    }
  } catch (const messages::Failure& failure) {
    report.fail("cache", failure.what());
  }
}

void check_tree(Report& report, const Settings& settings, const programs::Glibc& base,
                nlohmann::json& json) {
  try {
    const std::string tree = trusted::require_tree(settings.tree);
    Verdict verdict = doctor::examine_tree(tree);
    doctor::report(verdict, base, tree, settings.all, report);
    json["tree"] = as_json(verdict, tree);
  } catch (const messages::Failure& failure) {
    report.fail("tree", failure.what());
  }
}

void print(const Report& report, bool as_json, nlohmann::json& json) {
  std::string text;
  if (as_json) {
    json["checks"] = nlohmann::json::array();
    for (const Report::Line& line : report.lines()) {
      json["checks"].push_back({{"grade", line.grade}, {"what", line.what}, {"text", line.text}});
    }
    text = json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  } else {
    for (const Report::Line& line : report.lines()) {
      text += fmt::format("{:<4}  {:<12} {}\n", line.grade, messages::shown(line.what),
                          messages::shown(line.text));
    }
  }
  ::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace

void add_doctor(CLI::App& app, int& status) {
  auto settings = std::make_shared<Settings>();
  CLI::App* command = app.add_subcommand("doctor", kAbout);
  command->add_option("--tree", settings->tree, "Look at each library of this tree too")
      ->type_name("TREE");
  command->add_flag("--all", settings->all, "List everything, not only the first few");
  command->add_flag("--json", settings->json, "Print JSON");
  command->footer(kMore);
  command->callback([settings, &status] {
    Report report;
    nlohmann::json json;
    programs::Glibc base = check_glibc(report);
    check_kernel(report);
    check_cpu(report);
    check_environment(report);
    check_installation(report);
    if (!settings->tree.empty()) check_tree(report, *settings, base, json);
    status = report.failed() ? 1 : 0;
    print(report, settings->json, json);
  });
}

}  // namespace bulkhead::cli
