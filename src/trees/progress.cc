#include "trees/progress.h"

#include <fmt/core.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/diagnostics.h"
#include "messages/shown.h"

namespace bulkhead::trees {
namespace {

constexpr std::chrono::milliseconds kBetween{100};  // ten pictures a second are fluent
constexpr unsigned kBar = 24;

bool is_terminal() {
  const char* kind = ::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

}  // namespace

std::string size_text(std::uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB"};
  double amount = static_cast<double>(bytes);
  unsigned unit = 0;
  for (; amount >= 999.5 && unit < 4; ++unit) amount /= 1000;
  return unit == 0 || amount >= 99.5 ? fmt::format("{:.0f} {}", amount, kUnits[unit])
                                     : fmt::format("{:.1f} {}", amount, kUnits[unit]);
}

Progress::Progress(std::string name, bool quiet)
    : name_(std::move(name)), quiet_(quiet), terminal_(!quiet && is_terminal()) {}

void Progress::clear() {
  if (drawn_) ::fputs("\r\033[K", stderr);
  drawn_ = false;
}

bool Progress::is_due() {
  if (!terminal_) return false;
  auto now = std::chrono::steady_clock::now();
  if (drawn_ && now - last_ < kBetween) return false;
  last_ = now;
  return true;
}

void Progress::step(const std::string& what) {
  step_ = what;
  if (quiet_) return;
  if (!terminal_) return message({name_, ": ", what});
  drawn_ = measured_ = false;  // the first picture is always due, and the first that has a measure
  at("");
}

void Progress::at(const std::string& how_far) {
  if (!is_due()) return;
  ::fprintf(stderr, "\r\033[K%s: %s%s%s", name_.c_str(), messages::shown(step_).c_str(),
            how_far.empty() ? "" : ": ", messages::shown(how_far).c_str());
  ::fflush(stderr);
  drawn_ = true;
}

void Progress::at(std::uint64_t done, std::uint64_t total) {
  if (!terminal_ || (measured_ && !is_due())) return;
  drawn_ = false;
  measured_ = true;
  if (total == 0) return at(size_text(done));
  const auto share = static_cast<double>(std::min(done, total)) / static_cast<double>(total);
  const auto full = static_cast<unsigned>(share * kBar);
  at(fmt::format("[{}{}] {:3.0f} %", std::string(full, '='), std::string(kBar - full, ' '),
                 share * 100));
}

void Progress::say(const std::string& sentence) {
  if (quiet_) return;
  clear();
  message({name_, ": ", sentence});
}

void Progress::warn(const std::string& sentence) {
  clear();
  message({"warning: ", name_, ": ", sentence});
}

}  // namespace bulkhead::trees
