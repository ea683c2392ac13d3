// Any bytes as a file of a small tree, over which the command does all that it does before anything
// is started: `explain` in both forms, `symbols`, `shim`, what `doctor --tree` looks at, and
// `preload` up to the interposers.
//
// An ELF file says itself which one it is, in the last byte of e_ident, and the byte before which
// options there are; a text is ld.so.conf or ld.so.cache. The other files are those of
// corpus/command. Whatever the command says, it says it in an exception of its own kind, without
// control characters.
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command_line.h"
#include "doctor/examined_tree.h"
#include "fuzz_tree.h"
#include "messages/failure.h"
#include "preload/tool_plan.h"
#include "programs/program.h"

using namespace bulkhead;

namespace {

// Where the files are, in the order of the byte that says which one an input is.
constexpr struct {
  const char* seed;
  const char* path;
} kFiles[] = {{"exposed", "usr/lib/libexposed.so.1"}, {"need", "usr/lib/libneed.so.1"},
              {"beside", "opt/a/libbeside.so.1"},     {"program", "opt/program"},
              {"tool", "usr/lib/libtool.so"},         {"need", "own/libbulkhead-compat.so.0"}};
constexpr const char* kConf = "etc/ld.so.conf";
constexpr const char* kCache = "etc/ld.so.cache";

// What the command prints goes nowhere; what is about the fuzzing, to the first descriptor.
void be_quiet() {
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  ::stdout = ::fopen("/dev/null", "we");
  if (null < 0 || ::stdout == nullptr || ::dup2(2, 1) < 0 || ::dup2(null, 2) < 0) std::abort();
}

std::string seed(const std::string& name) {
  std::ifstream stream(std::string(BULKHEAD_FUZZ_CORPUS "/") + name, std::ios::binary);
  if (!stream) std::abort();
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

class World {
 public:
  World() {
    be_quiet();
    for (const char* each : {"own", "out", "tools"}) std::filesystem::create_directory(at(each));
    for (const auto& each : kFiles) {
      tree_.write(each.path, seed(each.seed));
      if (::chmod(at(each.path).c_str(), 0755) != 0) std::abort();
    }
    for (const char* each : {"own/libbulkhead.so.0", "own/libbulkhead-compat-m.so.0"})
      tree_.write(each, seed("need"));
    tree_.write(kConf, seed("conf"));
    ::setenv("BULKHEAD_LIBDIR", at("own").c_str(), 1);
  }

  std::string at(const char* name) const { return (tree_.path() / name).string(); }

  // Puts the input in its place, calls `work`, and puts back what was there.
  template <class Work>
  void with(std::string_view input, Work work) const {
    const bool is_elf = input.starts_with(
                            "\x7f"
                            "ELF") &&
                        input.size() > EI_NIDENT;
    if (is_elf) {
      const auto& file = kFiles[static_cast<unsigned char>(input[15]) % std::size(kFiles)];
      tree_.write(file.path, input);
      work(static_cast<unsigned char>(input[14]));
      tree_.write(file.path, seed(file.seed));
    } else if (input.starts_with("ld.so-") || input.starts_with("glibc-ld.so.cache")) {
      tree_.write(kCache, input);
      work(0U);
      ::unlink(at(kCache).c_str());
    } else {
      tree_.write(kConf, input);
      work(0U);
      tree_.write(kConf, seed("conf"));
    }
  }

 private:
  FuzzTree tree_;
};

template <class Work>
void expect_failures(Work work) {
  try {
    work();
  } catch (const messages::Failure& failure) {
    for (char c : std::string_view(failure.what())) {
      if (c != '\n' && static_cast<unsigned char>(c) < ' ') std::abort();
    }
  }
}

using Line = std::vector<std::string>;

// As main.cc does.
void run_command(Line line) {
  expect_failures([&] {
    CLI::App app("", "bulkhead");
    int status = 0;
    Line program;
    cli::add_explain(app, program, status);
    cli::add_shim(app);
    cli::add_symbols(app);
    program = cli::split_command(app, line);
    std::reverse(line.begin(), line.end());
    app.parse(line);
  });
}

void plan_preload(const World& world, bool isolated) {
  expect_failures([&] {
    survey::Options options;
    options.tree = world.at("");
    options.isolated = isolated;
    const programs::Program program = programs::find_program({world.at("opt/program")});
    programs::check_program(program);
    std::vector<preload::ToolPlan> plans;
    plans.push_back(preload::plan_tool("/usr/lib/libtool.so", options, program));
    preload::write_interposers(plans, options, {}, world.at("tools"));
  });
}

}  // namespace

// Where reports of sanitizers go.
extern "C" const char* __asan_default_options() { return "log_path=stdout"; }
extern "C" const char* __ubsan_default_options() { return "log_path=stdout"; }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const World world;
  world.with({reinterpret_cast<const char*>(data), size}, [&](unsigned options) {
    const std::string tree = world.at("");
    Line plan = {"--tree", tree, "--expose", "libexposed.so.1"};
    if ((options & 1) != 0) plan.insert(plan.end(), {"--share", "libneed.so.1"});
    if ((options & 2) != 0) plan.insert(plan.end(), {"--private", "libbeside.so.1"});
    auto with_plan = [&](Line line, const Line& end) {
      line.insert(line.end(), plan.begin(), plan.end());
      line.insert(line.end(), end.begin(), end.end());
      run_command(std::move(line));
    };
    with_plan({"explain", (options & 4) != 0 ? "--json" : "--verbose"},
              {"--", world.at("opt/program")});
    with_plan({"shim", "-o", world.at("out")}, {});
    for (const char* library : {"libexposed.so.1", "/usr/lib/libtool.so"}) {
      Line line = {"symbols", "--tree", tree, library};
      if ((options & 4) != 0) line.emplace_back("--json");
      run_command(std::move(line));
    }
    expect_failures([&] { static_cast<void>(doctor::examine_tree(tree)); });
    plan_preload(world, (options & 8) != 0);
  });
  return 0;
}
