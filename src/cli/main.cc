// bulkhead: the command.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "cli/command_line.h"
#include "cli/cut_files.h"
#include "survey/failure.h"

namespace {

constexpr const char* kAbout = "Use libraries of another system's tree in an unmodified program.";

constexpr const char* kMore =
    R"(bulkhead COMMAND --help tells all about a command.

Examples:
  bulkhead run --tree /host --expose libGL.so.1 -- glxgears
  bulkhead preload libeatmydata.so -- program
  bulkhead explain --tree /host --expose libGL.so.1 -- glxgears
  bulkhead shim --tree /host --expose libGL.so.1 -o shims && LD_LIBRARY_PATH=shims glxgears
  bulkhead doctor)";

// The same help with every release of CLI11. From 2.5 on it leaves out the word "Usage:", and wraps
// footers again, which are laid out by hand; from 2.6 on it can be told not to.
class Help final : public CLI::Formatter {
 public:
  Help() {
    [](auto& formatter) {
      if constexpr (requires { formatter.enable_footer_formatting(false); }) {
        formatter.enable_footer_formatting(false);
      }
    }(*this);
  }

  std::string make_usage(const CLI::App* app, std::string name) const override {
    std::string usage = CLI::Formatter::make_usage(app, std::move(name));
    std::size_t start = std::min(usage.find_first_not_of('\n'), usage.size());
    if (!usage.substr(start).starts_with("Usage:")) usage.insert(start, "Usage: ");
    return usage;
  }
};

}  // namespace

namespace bulkhead::cli {
namespace {

int run_command(int count, char** arguments) {
  CLI::App app(kAbout, "bulkhead");
  app.formatter(std::make_shared<Help>());  // the subcommands' as well
  app.footer(kMore);
  app.set_version_flag("--version", "bulkhead " BULKHEAD_VERSION);
  app.require_subcommand(1);
  expect_cut_files();
  int status = 0;
  std::vector<std::string> line(arguments + 1, arguments + count);
  std::vector<std::string> program;
  add_run(app, program);
  add_preload(app, program);
  add_explain(app, program, status);
  add_shim(app);
  add_symbols(app);
  add_doctor(app, status);
  program = split_command(app, line);
  const std::vector<std::string> given = line;
  std::reverse(line.begin(), line.end());  // CLI11 takes them from the back
  try {
    app.parse(line);
  } catch (const CLI::ParseError& error) {
    // 0 for --help and --version, which are printed; else a usage error, which is ours.
    if (error.get_exit_code() == 0) return app.exit(error);
    std::string unknown = unknown_word(app, given);
    message({unknown.empty() ? error.what() : unknown});
    message({"see bulkhead --help, or bulkhead COMMAND --help"});
    return survey::kFailed;
  }
  return status;
}

}  // namespace
}  // namespace bulkhead::cli

int main(int count, char** arguments) {
  using namespace bulkhead;
  try {
    return cli::run_command(count, arguments);
  } catch (const survey::Failure& failure) {
    for (const std::string& sentence : failure.sentences()) message({sentence});
    return failure.status();
  } catch (const std::bad_alloc&) {
    message({"out of memory"});
  } catch (const std::exception& error) {
    message({"unexpected failure: ", error.what()});
  }
  return survey::kFailed;
}
