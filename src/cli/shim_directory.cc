#include "cli/shim_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/failure.h"
#include "image/shim.h"

namespace bulkhead::cli {
namespace {

[[noreturn]] void fail_at(const std::string& path, const char* what, const char* advice) {
  throw Failure(path + ": " + what + ": " + ::strerror(errno) + advice);
}

void link_library(const OwnLibrary& library, const std::string& directory) {
  std::string path = directory + "/" + library.name;
  ::unlink(path.c_str());
  if (::symlink(library.path.c_str(), path.c_str()) != 0) fail_at(path, "cannot be made", "");
}

void copy_library(const OwnLibrary& library, const std::string& directory) {
  Fd source(::open(library.path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source.valid()) fail_at(library.path, "cannot be read", "");
  Result<FileMapping> mapping = FileMapping::of(source.get());
  if (!mapping) throw Failure(library.path + ": " + std::string(mapping.error().what));
  write_file(directory + "/" + library.name, mapping->text());
}

// Before 2.34 libc.so.6 had neither dlopen nor threads: the runtime calls libdl.so.2, and a
// libpthread.so.0 that came in later, for a library of the capsule, would find the program
// bound to libc's stand-ins for it.
constexpr std::string_view kApartBefore234[] = {"libdl.so.2", "libpthread.so.0"};

std::span<const std::string_view> companions(const Survey& survey, OwnLibraries how) {
  const plan::Node* libc = survey.graphs().base.find("libc.so.6");
  bool one_libc = libc != nullptr && libc->defines_version("GLIBC_2.34");
  // A directory that stands alone may be used on an older system than this one.
  if (one_libc && how == OwnLibraries::linked) return {};
  return kApartBefore234;
}

}  // namespace

void write_file(const std::string& path, std::string_view bytes) {
  std::string beside = path + ".new";
  ::unlink(beside.c_str());
  // Never written through a link, nor readable in part under its own name.
  Fd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!fd.valid())
    fail_at(beside, "cannot be written", "; choose a directory that you may write to");
  if (Status written = write_all(fd.get(), as_bytes(bytes)); !written) {
    errno = written.error().number;
    fail_at(beside, "cannot be written", "; is the disk full?");
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) fail_at(path, "cannot be replaced", "");
}

void write_shims(Survey& survey, const std::string& directory, OwnLibraries how) {
  for (std::string_view soname : survey.plan().expose) {
    const plan::Node* target = survey.graphs().tree.find(soname);
    if (target == nullptr)
      throw Failure(std::string(soname) + ": is to be exposed and was not found");
    Result<std::span<const std::byte>> shim = image::build_shim(
        survey.arena(), {target->object, soname, survey.request(), companions(survey, how)});
    if (!shim) {
      throw Failure(std::string(target->file) + ": " +
                    std::string(render(survey.arena(), shim.error())));
    }
    write_file(directory + "/" + std::string(soname),
               {reinterpret_cast<const char*>(shim->data()), shim->size()});
  }
  for (const OwnLibrary& library : survey.own_libraries()) {
    how == OwnLibraries::linked ? link_library(library, directory)
                                : copy_library(library, directory);
  }
}

}  // namespace bulkhead::cli
