#include "survey/installation.h"

#include <limits.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arch/machine.h"
#include "messages/failure.h"

namespace bulkhead::survey {
namespace {

using messages::Failure;

std::string own_directory() {
  char buffer[PATH_MAX];
  ssize_t size = ::readlink("/proc/self/exe", buffer, sizeof buffer);
  std::string path(buffer, size > 0 ? static_cast<std::size_t>(size) : 0);
  if (size <= 0) {
    // Without /proc: as it was started.
    const char* started_as = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
    char* resolved = started_as == nullptr ? nullptr : ::realpath(started_as, buffer);
    path = resolved == nullptr ? "/" : resolved;
  }
  return path.substr(0, path.rfind('/'));
}

// For its libraries; empty for the usual places.
std::string chosen_directory() {
  const char* chosen = ::secure_getenv("BULKHEAD_LIBDIR");
  return chosen == nullptr ? std::string() : std::string(chosen);
}

bool exists(const std::string& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0;
}

}  // namespace

std::string own_library(const std::string& directory, const char* name) {
  const std::string beside = directory + "/" + name;
  const std::string below = directory + "/bulkhead/" + name;
  // (Beside it there may be an older one, where an earlier release was installed to.)
  if (exists(below)) return below;
  if (exists(beside)) return beside;
  throw Failure(beside + ": is missing, also in " + directory + "/bulkhead" +
                "; bulkhead is not installed completely");
}

std::vector<OwnLibrary> own_libraries(const std::string& directory) {
  constexpr const char* kNames[] = {"libbulkhead.so.0", "libbulkhead-compat.so.0",
                                    "libbulkhead-compat-m.so.0"};
  std::vector<std::string> places;
  const std::string chosen = chosen_directory();
  if (!directory.empty()) {
    places.push_back(directory);
  } else if (!chosen.empty()) {
    places.push_back(chosen);
  } else {
    std::string lib = own_directory() + "/../lib";
    std::string multiarch = lib + "/" + arch::Native::kMultiarch;
    places = {lib,        multiarch,          lib + "/bulkhead", multiarch + "/bulkhead",
              lib + "64", lib + "64/bulkhead"};
  }
  for (const std::string& place : places) {
    if (!exists(place + "/" + kNames[0])) continue;
    char resolved[PATH_MAX];
    std::string absolute = ::realpath(place.c_str(), resolved) == nullptr ? place : resolved;
    std::vector<OwnLibrary> libraries;
    for (const char* name : kNames) libraries.push_back({name, own_library(absolute, name)});
    return libraries;
  }
  std::string searched;
  for (const std::string& place : places) searched += (searched.empty() ? "" : ", ") + place;
  throw Failure(std::string(kNames[0]) + ": bulkhead's own library was not found in " + searched +
                "; install bulkhead completely, or set BULKHEAD_LIBDIR");
}

std::string own_program(const std::string& name) {
  for (const char* place : {"/../libexec/bulkhead/", "/" BULKHEAD_LIBEXEC_FROM_BIN "/"}) {
    const std::string path = own_directory() + place + name;
    char resolved[PATH_MAX];
    if (::access(path.c_str(), X_OK) == 0 && ::realpath(path.c_str(), resolved) != nullptr) {
      return resolved;
    }
  }
  return {};
}

namespace {

// The build-id of this very program, from its own notes in memory.
int find_build_id(struct dl_phdr_info* info, std::size_t, void* context) {
  auto& text = *static_cast<std::string*>(context);
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info->dlpi_phdr[i];
    if (header.p_type != PT_NOTE) continue;
    const auto* at = reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr);
    const char* end = at + header.p_memsz;
    while (at + sizeof(ElfW(Nhdr)) <= end) {
      const auto* note = reinterpret_cast<const ElfW(Nhdr)*>(at);
      const char* name = at + sizeof *note;
      const char* bytes = name + ((note->n_namesz + 3U) & ~3U);
      if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && ::memcmp(name, "GNU", 4) == 0) {
        for (unsigned j = 0; j < note->n_descsz; ++j) {
          constexpr char kDigits[] = "0123456789abcdef";
          text += kDigits[static_cast<unsigned char>(bytes[j]) >> 4U];
          text += kDigits[static_cast<unsigned char>(bytes[j]) & 15U];
        }
        return 1;
      }
      at = bytes + ((note->n_descsz + 3U) & ~3U);
    }
  }
  return 1;  // the first object is the program; ask no other
}

}  // namespace

std::string own_identity() {
  std::string identity = "bulkhead " BULKHEAD_VERSION " ";
  ::dl_iterate_phdr(find_build_id, &identity);
  return identity + "\n" + own_directory() + "\n" + chosen_directory() + "\n";
}

}  // namespace bulkhead::survey
