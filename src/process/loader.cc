#include "process/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/diagnostics.h"
#include "base/text.h"
#include "elf/glibc.h"
#include "process/libdl.h"
#include "process/modules.h"

namespace bulkhead::process {
namespace {

constexpr unsigned kCloseOnExec = 0x1;  // MFD_CLOEXEC
constexpr unsigned kNoExecSeal = 0x8;   // MFD_NOEXEC_SEAL, Linux 6.3

int make_memory_file(const char* label) {
  // Generated images are data to the kernel: mapped without PROT_EXEC.
  auto fd = static_cast<int>(::syscall(SYS_memfd_create, label, kCloseOnExec | kNoExecSeal));
  if (fd < 0 && errno == EINVAL) {
    fd = static_cast<int>(::syscall(SYS_memfd_create, label, kCloseOnExec));
  }
  if (fd < 0 || fd > 2) return fd;
  // The program runs without some standard descriptor, and code that runs meanwhile must
  // not take the image for it.
  int higher = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
  close_descriptor(fd);
  return higher;
}

// The directory of this thread's descriptors. Numbers as /proc is mounted here, which in a
// container with a foreign /proc are not getpid()'s; and not "/proc/self", since a debugger
// that opens the name would look at its own. The thread's, since the descriptors of
// /proc/PID are those of the first thread, which may have ended.
std::string_view own_directory(Arena& arena) {
  char name[64];
  ssize_t size = ::readlink("/proc/thread-self", name, sizeof name);
  if (size <= 0) return {};
  return join(arena, {"/proc/", {name, static_cast<std::size_t>(size)}, "/fd/"});
}

// The nth spelling of the same directory: each bit of n adds "./" or "/".
std::string_view spell(Arena& arena, std::string_view directory, unsigned serial,
                       std::string_view name) {
  for (; serial != 0; serial >>= 1U) {
    directory = join(arena, {directory, (serial & 1U) != 0 ? "./" : "/"});
  }
  return join(arena, {directory, name});
}

constexpr std::string_view kRefused = "the dynamic linker refused it";

// A second copy of this library (process/modules.h) has a counter of its own: there the number of
// its namespace goes with it, and a bit that no counter of the program's reaches.
unsigned next_serial() {
  static unsigned serial = 0;  // Guard: atomic
  unsigned next = __atomic_add_fetch(&serial, 1, __ATOMIC_RELAXED);
  if (is_with_program()) return next;
  constexpr unsigned kApart = 1U << 31U;
  return kApart | next << 4U | (static_cast<unsigned>(own_space()) & 0xfU);
}

}  // namespace

Result<ImageFile> ImageFile::make(Arena& arena, std::string_view label, Pieces bytes) {
  std::string_view directory = own_directory(arena);
  if (directory.empty()) {
    return fail(Fault::unsupported, "/proc is not mounted", {}, {},
                "mount it: generated libraries are handed to ld.so through /proc/PID/fd");
  }
  ImageFile image;
  image.fd_ = Fd(make_memory_file(arena.copy(label).data()));
  if (!image.fd_.valid()) {
    const bool is_full = errno == EMFILE || errno == ENFILE;
    return fail_system(errno, "memfd_create was refused", {},
                       is_full ? "raise the limit for open files (ulimit -n)"
                       : errno == ENOMEM
                           ? "give the process more memory"
                           : "allow the system call (a seccomp filter may forbid it)");
  }
  if (Status written = write_pieces(image.fd_.get(), bytes); !written) {
    return std::unexpected(written.error());
  }
  auto number = static_cast<std::uint64_t>(image.fd_.get());
  image.path_ = spell(arena, directory, next_serial(), decimal(arena, number));
  return image;
}

bool is_image_path(std::string_view path) {
  auto skip = [&](std::string_view word) {
    if (!path.starts_with(word)) return false;
    path = drop(path, word.size());
    return true;
  };
  auto skip_number = [&] {
    std::size_t size = path.find_first_not_of("0123456789");
    if (size == 0 || size == std::string_view::npos) return false;
    path = drop(path, size);
    return true;
  };
  return skip("/proc/") && skip_number() && skip("/task/") && skip_number() && skip("/fd/");
}

std::string_view private_library(Arena& arena, std::string_view directory, std::string_view name) {
  // (Beside it there may be an older one, where an earlier release was installed to.)
  std::string_view below = join(arena, {directory, "/bulkhead/", name});
  if (::syscall(SYS_faccessat, AT_FDCWD, below.data(), F_OK) == 0) return below;
  return join_path(arena, directory, name);
}

Result<link_map*> open_in(Arena& arena, Lmid_t space, std::string_view path, int mode) {
  void* handle = ::dlmopen(space, path.data(), mode);
  if (handle == nullptr) {
    const char* text = ::dlerror();
    return fail(Fault::system, kRefused, {},
                arena.copy(text != nullptr ? text : "no reason given"));
  }
  link_map* object = nullptr;
  if (::dlinfo(handle, RTLD_DI_LINKMAP, &object) != 0) {
    return fail(Fault::system, "the dynamic linker gave a handle without a link map");
  }
  return object;
}

bool is_of_ld_so(const Error& error) { return error.what.data() == kRefused.data(); }

link_map* find_in_new_space(std::string_view path, std::span<const Lmid_t> known) {
  constexpr auto kSpaces = static_cast<Lmid_t>(elf::kMaxNamespaces);
  for (Lmid_t space = LM_ID_BASE + 1; space < kSpaces; ++space) {
    bool other = false;
    for (Lmid_t id : known) other = other || id == space;
    if (other) continue;
    void* handle = ::dlmopen(space, path.data(), RTLD_LAZY | RTLD_NOLOAD);
    link_map* object = nullptr;
    if (handle != nullptr && ::dlinfo(handle, RTLD_DI_LINKMAP, &object) == 0) return object;
  }
  ::dlerror();  // that of a namespace which is not in use is nobody's
  return nullptr;
}

Result<link_map*> open_in_base(Arena& arena, std::string_view name) {
  void* handle = ::dlopen(arena.copy(name).data(), RTLD_LAZY | RTLD_NODELETE);
  if (handle == nullptr) {
    const char* text = ::dlerror();
    return fail(Fault::missing, "cannot be loaded in the program, which is to share it", name,
                arena.copy(text != nullptr ? text : "no reason given"));
  }
  link_map* object = nullptr;
  ::dlinfo(handle, RTLD_DI_LINKMAP, &object);
  return object;
}

void pin_in_base(Arena& arena, std::string_view name) {
  ::dlopen(arena.copy(name).data(), RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

link_map* loaded_in_base(Arena& arena, std::string_view name) {
  void* handle = ::dlopen(arena.copy(name).data(), RTLD_LAZY | RTLD_NOLOAD);
  if (handle == nullptr) return nullptr;
  link_map* object = nullptr;
  ::dlinfo(handle, RTLD_DI_LINKMAP, &object);
  ::dlclose(handle);
  return object;
}

Lmid_t namespace_of(link_map* object) {
  Lmid_t space = LM_ID_BASE;
  ::dlinfo(object, RTLD_DI_LMID, &space);
  return space;
}

void close(link_map* object) { ::dlclose(object); }

}  // namespace bulkhead::process
