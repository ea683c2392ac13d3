// bulkhead: the command.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/diagnostics.h"
#include "cli/command_line.h"
#include "cli/cut_files.h"
#include "messages/failure.h"

namespace {

constexpr const char* kAbout = "Use libraries of another system's tree in an unmodified program.";

constexpr const char* kVersion = "bulkhead " BULKHEAD_VERSION;

// What is said to who says nothing.
constexpr const char* kStart =
    R"(bulkhead uses libraries of another system's tree in an unmodified program:

  bulkhead run glxgears                             with the driver of the host, in a container
  bulkhead tree add trixie --profile gl && bulkhead run --tree trixie --profile gl -- ./game
  bulkhead explain --tree ~/trixie --expose libssl.so.3 -- curl

Commands: run, explain, preload, shim, capture, symbols, profiles, tree, doctor.
"bulkhead help" lists them, "bulkhead help COMMAND" tells all about one;
"bulkhead doctor" looks whether it can work here.)";

constexpr const char* kMore =
    R"(Examples:
  bulkhead run glxgears
  bulkhead tree add trixie --profile gl && bulkhead run --tree trixie --profile gl -- glxgears)";

// Of every command that has them.
constexpr const char* kSeldom[] = {
    "--capsule",   "--prefer",   "--map",      "--library-path", "--strict",
    "--no-strict", "--permit",   "--debug",    "--no-inherit",   "--inherit",
    "--cache-dir", "--no-cache", "--compiled", "--portable",     "--relocatable-tree"};

void set_apart_what_is_seldom_used(CLI::App& app) {
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    for (const char* name : kSeldom) {
      CLI::Option* option = command->get_option_no_throw(name);
      if (option != nullptr) option->group(bulkhead::cli::kSeldomUsed);
    }
  }
}

// The same help with every release of CLI11. From 2.5 on it leaves out the word "Usage:", and wraps
// footers again, which are laid out by hand; from 2.6 on it can be told not to.
class Help final : public CLI::Formatter {
 public:
  Help() {
    [](auto& formatter) {
      if constexpr (requires { formatter.enable_footer_formatting(false); }) {
        formatter.enable_footer_formatting(false);
      }
      if constexpr (requires { formatter.right_column_width(1000); }) {
        formatter.right_column_width(1000);  // the terminal breaks lines
      }
    }(*this);
  }

  std::string make_usage(const CLI::App* app, std::string name) const override {
    std::string usage = CLI::Formatter::make_usage(app, std::move(name));
    std::size_t start = std::min(usage.find_first_not_of('\n'), usage.size());
    if (!usage.substr(start).starts_with("Usage:")) usage.insert(start, "Usage: ");
    return usage;
  }

  // What it is, how it is called, examples and options; then, if asked for, all else there is to
  // say.
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    if (mode != CLI::AppFormatMode::Normal) return CLI::Formatter::make_help(app, name, mode);
    const auto [about, more_about] = first_paragraph(app->get_description());
    const auto [examples, more] = first_paragraph(app->get_footer());
    std::string text = about + "\n\n" + trimmed(make_usage(app, std::move(name))) + "\n\n" +
                       examples + "\n\n" + trimmed(make_groups(app, mode)) + "\n";
    std::string commands = trimmed(make_subcommands(app, mode));
    if (!commands.empty()) text += "\n" + commands + "\n";
    if (is_full_) {
      const std::string words = trimmed(make_positionals(app));
      if (!words.empty()) text += "\n" + words + "\n";
      if (!more_about.empty()) text += "\n" + more_about + "\n";
      return more.empty() ? text : text + "\n" + more + "\n";
    }
    const std::string which = app->get_parent() == nullptr ? "COMMAND" : app->get_name();
    return text + "\n\"bulkhead help " + which + "\" tells more.\n";
  }

  void be_full() { is_full_ = true; }

  std::string make_group(std::string group, bool is_positional,
                         std::vector<const CLI::Option*> options) const override {
    if (!is_full_ && group == bulkhead::cli::kSeldomUsed) return {};
    return CLI::Formatter::make_group(std::move(group), is_positional, std::move(options));
  }

  // A command's first sentence: the others are in its own help.
  std::string make_subcommand(const CLI::App* command) const override {
    std::string about = command->get_description();
    about = about.substr(0, about.find("\n\n"));
    std::replace(about.begin(), about.end(), '\n', ' ');
    std::string name = "  " + command->get_name();
    name.resize(std::max<std::size_t>(name.size(), 11), ' ');
    return name + " " + about + "\n";
  }

 private:
  static std::pair<std::string, std::string> first_paragraph(const std::string& text) {
    const std::size_t end = text.find("\n\n");
    if (end == std::string::npos) return {text, {}};
    return {text.substr(0, end), text.substr(end + 2)};
  }
  static std::string trimmed(const std::string& text) {
    const std::size_t first = text.find_first_not_of('\n');
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of('\n') + 1 - first);
  }

  bool is_full_ = false;
};

// "help" and "help COMMAND" as other commands have them.
void understand_words(const CLI::App& app, std::vector<std::string>& line, Help& help) {
  if (line[0] != "help" || line.size() > 2) return;
  line.erase(line.begin());
  help.be_full();
  // Of what is no command there is no help.
  const bool known = line.empty() || !app.get_subcommands([&](const CLI::App* each) {
                                           return each->get_name() == line[0];
                                         })
                                          .empty();
  if (known) line.emplace_back("--help");
}

}  // namespace

namespace bulkhead::cli {

// " (commit ...)", or nothing: the build writes it, see cmake/commit.cmake.
extern const char kCommit[];

namespace {

// Declaring options costs every start of a program some time. So where the first word is a command,
// only those are declared that are named; what is said of a word that means nothing needs all of
// them.
void add_commands(CLI::App& app, const std::vector<std::string>& line,
                  const std::vector<std::string>& program, char** words, int& status) {
  const std::pair<const char*, std::function<void()>> commands[] = {
      {"run", [&] { add_run(app, program, words, status); }},
      {"preload", [&] { add_preload(app, program, status); }},
      {"explain", [&] { add_explain(app, program, status); }},
      {"shim", [&] { add_shim(app); }},
      {"capture", [&] { add_capture(app); }},
      {"symbols", [&] { add_symbols(app); }},
      {"profiles", [&] { add_profiles(app); }},
      {"tree", [&] { add_tree(app); }},
      {"doctor", [&] { add_doctor(app, status); }}};
  const bool is_named =
      std::ranges::any_of(commands, [&](const auto& each) { return each.first == line[0]; });
  for (const auto& [name, add] : commands) {
    if (!is_named || std::ranges::find(line, name) != line.end()) add();
  }
}

bool asks_for_version(const std::vector<std::string>& line) {
  return line.size() == 1 && (line[0] == "--version" || line[0] == "-V" || line[0] == "version");
}

int run_command(int count, char** arguments) {
  std::vector<std::string> line(arguments + 1, arguments + count);
  if (line.empty()) {
    std::fprintf(stderr, "%s\n", kStart);
    return messages::kFailed;
  }
  if (asks_for_version(line)) {
    std::printf("%s%s\n", kVersion, kCommit);
    return 0;
  }
  CLI::App app(kAbout, "bulkhead");
  auto help = std::make_shared<Help>();
  app.formatter(help);  // the subcommands' as well
  app.footer(kMore);
  app.set_version_flag("-V,--version", std::string(kVersion) + kCommit);
  app.require_subcommand(1);
  expect_cut_files();
  int status = 0;
  std::vector<std::string> program;
  add_commands(app, line, program, arguments, status);
  set_apart_what_is_seldom_used(app);
  understand_words(app, line, *help);
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
    return messages::kFailed;
  }
  return status;
}

}  // namespace
}  // namespace bulkhead::cli

int main(int count, char** arguments) {
  using namespace bulkhead;
  try {
    return cli::run_command(count, arguments);
  } catch (const messages::Failure& failure) {
    for (const std::string& sentence : failure.sentences()) message({sentence});
    return failure.status();
  } catch (const std::bad_alloc&) {
    message({"out of memory"});
  } catch (const std::exception& error) {
    message({"unexpected failure: ", error.what()});
  }
  return messages::kFailed;
}
