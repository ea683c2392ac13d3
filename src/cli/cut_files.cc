#include "cli/cut_files.h"

#include <signal.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>

#include "base/diagnostics.h"
#include "messages/failure.h"

namespace bulkhead::cli {
namespace {

void (*g_go_on)(void* context) = nullptr;
void* g_context = nullptr;

// The file that is mapped there; empty if none is.
std::string file_at(std::uintptr_t address) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0, end = 0;
    int path = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx %*s %*s %*s %*s %n", &begin, &end, &path) < 2) continue;
    if (address < begin || address >= end || path == 0) continue;
    return line.substr(static_cast<std::size_t>(path));
  }
  return {};
}

// The signal comes from an instruction of ours that reads a mapped file, and from nowhere in libc:
// so all may be called that may be called there.
void on_bus_error(int number, siginfo_t* info, void*) {
  const std::string file = file_at(reinterpret_cast<std::uintptr_t>(info->si_addr));
  if (info->si_code != BUS_ADRERR || !file.starts_with('/')) {
    ::signal(number, SIG_DFL);
    ::raise(number);
    return;
  }
  message({file,
           ": was cut while it was read; start again once the tree is not changed any more (files "
           "that are "
           "replaced by rename do no harm)"});
  if (g_go_on != nullptr) g_go_on(g_context);
  ::_exit(messages::kFailed);
}

}  // namespace

void expect_cut_files() {
  struct sigaction before = {};
  if (::sigaction(SIGBUS, nullptr, &before) != 0 || before.sa_handler != SIG_DFL) return;
  struct sigaction action = {};
  action.sa_sigaction = &on_bus_error;
  // The program that is started from there inherits the mask.
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  ::sigaction(SIGBUS, &action, nullptr);
}

void when_files_are_cut(void (*go_on)(void* context), void* context) {
  g_go_on = go_on;
  g_context = context;
}

}  // namespace bulkhead::cli
