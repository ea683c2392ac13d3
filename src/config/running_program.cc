#include "config/running_program.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/fd.h"
#include "messages/failure.h"

namespace bulkhead::config {
namespace {

// Where the kernel, or ld.so that was started as a program, has put the program headers:
// /proc/self/exe would be ld.so then.
std::string executed_file() {
  const std::uintptr_t headers = ::getauxval(AT_PHDR);
  std::unique_ptr<FILE, int (*)(FILE*)> maps(::fopen("/proc/self/maps", "re"), ::fclose);
  if (maps == nullptr) {
    throw messages::Failure(
        "/proc/self/maps: cannot be read, so nobody can say which program this is; mount /proc",
        messages::kFailed, Fault::system);
  }
  char line[PATH_MAX + 128];
  while (::fgets(line, sizeof line, maps.get()) != nullptr) {
    std::uintptr_t begin = 0, end = 0;
    if (::sscanf(line, "%zx-%zx", &begin, &end) != 2 || headers < begin || headers >= end) continue;
    const char* path = ::strchr(line, '/');
    if (path != nullptr) return std::string(path, ::strcspn(path, "\n"));
  }
  throw messages::Failure("/proc/self/maps: does not say which program this is", messages::kFailed,
                          Fault::unsupported);
}

bool is_script(const std::string& path) {
  char start[2] = {};
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  return fd.valid() && ::read(fd.get(), start, sizeof start) == sizeof start && start[0] == '#' &&
         start[1] == '!';
}

bool same_file(const std::string& a, const std::string& b) {
  std::error_code unknown;
  return std::filesystem::equivalent(a, b, unknown);
}

}  // namespace

programs::Program running_program() {
  programs::Program program;
  program.binary = executed_file();
  std::error_code unknown;
  program.path = program.binary;
  if (const auto* started_as = reinterpret_cast<const char*>(::getauxval(AT_EXECFN))) {
    std::string path = std::filesystem::absolute(started_as, unknown).lexically_normal();
    if (same_file(path, program.binary) || is_script(path)) program.path = path;
  }
  program.chain.push_back(program.path);
  if (program.path != program.binary) program.chain.push_back(program.binary);
  return program;
}

}  // namespace bulkhead::config
