#include "survey/stamp.h"

#include <charconv>
#include <filesystem>

#include "base/fd.h"
#include "base/text.h"
#include "messages/failure.h"
#include "messages/shown.h"

namespace bulkhead::survey {
namespace {

using messages::Failure;
using messages::shown;

constexpr std::string_view kFormat = "bulkhead stamp 2";

void append_number(std::string& text, unsigned long long value) {
  char digits[24];
  char* end = std::to_chars(digits, digits + sizeof digits, value, 16).ptr;
  text.append(digits, end);
  text += ' ';
}

unsigned long long nanoseconds(const struct timespec& time) {
  return static_cast<unsigned long long>(time.tv_sec) * 1'000'000'000ULL +
         static_cast<unsigned long long>(time.tv_nsec);
}

// Everything that changes when a file is replaced, written to, or its owner or mode change.
void append_facts(std::string& line, const struct stat& status) {
  append_number(line, status.st_dev);
  append_number(line, status.st_ino);
  append_number(line, static_cast<unsigned long long>(status.st_size));
  append_number(line, nanoseconds(status.st_mtim));
  append_number(line, nanoseconds(status.st_ctim));
}

std::string facts_now(const char* path) {
  struct stat status;
  std::string facts;
  if (status_of(path, status) != 0) return "- ";
  append_facts(facts, status);
  return facts;
}

std::vector<std::string> names_in(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> names;
  std::filesystem::directory_iterator entry(directory, error), end;
  for (; !error && entry != end; entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error) throw Failure(directory + ": cannot be listed: " + error.message());
  return names;
}

// A line each; nothing of ours holds a newline, but a path may.
bool fits_a_line(std::string_view text) { return text.find('\n') == std::string_view::npos; }

}  // namespace

std::string Stamp::line_of(const std::string& path) { return facts_now(path.c_str()) + path; }

void Stamp::add(const std::string& path) { lines_.push_back(line_of(path)); }

void Stamp::add(const std::string& path, const struct stat& status) {
  std::string line;
  append_facts(line, status);
  lines_.push_back(line + path);
}

void Stamp::add(const Stamp& other) {
  lines_.insert(lines_.end(), other.lines_.begin(), other.lines_.end());
}

std::string Stamp::write(std::string_view key, const std::string& made,
                         const std::vector<std::string>& warnings) const {
  std::string text = std::string(kFormat) + '\n';
  // The key is text with newlines: its size says where it ends.
  text += std::to_string(key.size()) + '\n';
  text += key;
  for (const std::string& warning : warnings) text += "! " + shown(warning) + '\n';
  for (const std::string& line : lines_) {
    // Such a file cannot be written down, so this stamp must never hold.
    text += fits_a_line(line) ? "= " + line + '\n' : "?\n";
  }
  for (const std::string& name : names_in(made)) {
    text += fits_a_line(name) ? "+ " + facts_now((made + "/" + name).c_str()) + name + '\n' : "?\n";
  }
  return text + "end\n";
}

bool Stamp::holds(std::string_view text, std::string_view key, const std::string& made,
                  std::vector<std::string>& warnings) {
  std::string_view rest = text;
  if (split_off(rest, '\n') != kFormat) return false;
  std::uint64_t size = 0;
  if (!parse_number(split_off(rest, '\n'), size) || size != key.size()) return false;
  if (take(rest, size) != key) return false;
  rest = drop(rest, size);
  std::vector<std::string> found;
  std::string path;
  while (!rest.empty()) {
    std::string_view line = split_off(rest, '\n');
    if (line == "end") {
      warnings = std::move(found);
      return rest.empty();
    }
    if (line.starts_with("! ")) {
      found.emplace_back(drop(line, 2));
      continue;
    }
    const bool of_made = line.starts_with("+ ");
    if (!of_made && !line.starts_with("= ")) return false;
    line = drop(line, 2);
    // "- PATH" for an absent file, else five numbers and the path.
    std::size_t fields = line.starts_with("- ") ? 1 : 5;
    std::size_t at = 0;
    for (; fields != 0 && at < line.size(); --fields)
      at = std::min(line.find(' ', at), line.size()) + 1;
    if (fields != 0 || at >= line.size()) return false;
    path = of_made ? made + "/" : std::string();
    path += drop(line, at);
    if (take(line, at) != facts_now(path.c_str())) return false;
  }
  return false;
}

}  // namespace bulkhead::survey
