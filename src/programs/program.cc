#include "programs/program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>

#include "base/fd.h"
#include "base/text.h"
#include "elf/dynamic.h"
#include "elf/image.h"
#include "messages/failure.h"
#include "plan/rules_of_thumb.h"

namespace bulkhead::programs {
namespace {

using messages::Failure;
using messages::kFailed;
using messages::kNotExecutable;
using messages::kNotFound;

// The kernel reads no more of a #! line (BINPRM_BUF_SIZE), and follows no more of them.
constexpr std::size_t kScriptLine = 256;
constexpr int kMaxInterpreters = 5;

bool is_regular(const std::string& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

[[noreturn]] void cannot_execute(const std::string& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) {
    bool absent = errno == ENOENT || errno == ENOTDIR;
    throw Failure(path + ": " + (absent ? "there is no such program" : ::strerror(errno)),
                  absent ? kNotFound : kNotExecutable);
  }
  if (S_ISDIR(status.st_mode)) {
    throw Failure(path + ": is a directory, not a program", kNotExecutable);
  }
  if (!S_ISREG(status.st_mode)) {
    throw Failure(path + ": is not a regular file, so no program", kNotExecutable);
  }
  throw Failure(
      path +
          ": may not be executed; check its permissions (chmod +x) and whether it lies on "
          "a file system mounted noexec",
      kNotExecutable);
}

std::string search_path(const std::string& name, std::vector<std::string>& passed_over) {
  if (name.empty()) throw Failure("the program's name is empty", kNotFound);
  if (name.find('/') != std::string::npos) {
    if (is_regular(name) && ::access(name.c_str(), X_OK) == 0) return name;
    cannot_execute(name);
  }
  const char* variable = ::getenv("PATH");
  std::string_view rest = variable == nullptr ? "/usr/local/bin:/bin:/usr/bin" : variable;
  std::string not_executable;
  while (true) {
    std::size_t end = rest.find(':');
    std::string directory(rest.substr(0, end));
    std::string path = (directory.empty() ? "." : directory) + "/" + name;
    if (is_regular(path)) {
      if (::access(path.c_str(), X_OK) == 0) return path;
      if (not_executable.empty()) not_executable = path;
    }
    passed_over.push_back(path);
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  if (!not_executable.empty()) cannot_execute(not_executable);
  throw Failure(name + ": there is no such program in PATH", kNotFound);
}

struct Start {
  char bytes[kScriptLine];
  std::size_t size = 0;
  std::string_view text() const { return {bytes, size}; }
};

Start read_start(const std::string& path) {
  Start start;
  Fd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  // What may be executed but not read is a program that we cannot look into.
  if (!fd.valid()) {
    throw Failure(path + ": cannot be read (" + ::strerror(errno) +
                  "), so nobody can say what it needs; make it readable");
  }
  while (start.size < sizeof start.bytes) {
    const ssize_t size =
        ::read(fd.get(), start.bytes + start.size, sizeof start.bytes - start.size);
    if (size < 0 && errno == EINTR) continue;
    // What was not read is no text that a shell could have.
    if (size < 0) throw Failure(path + ": cannot be read: " + ::strerror(errno));
    if (size == 0) break;
    start.size += static_cast<std::size_t>(size);
  }
  return start;
}

// The interpreter of a script and its one argument, as execve(2) reads them.
struct Interpreter {
  std::string path, argument;
};

Interpreter interpreter_of(const std::string& script, std::string_view start) {
  std::string_view line = start.substr(2, start.find('\n') - 2);
  const bool ends_with_cr = line.ends_with('\r');
  line = trimmed(line);
  std::size_t end = std::min(line.find_first_of(" \t"), line.size());
  Interpreter interpreter{std::string(line.substr(0, end)), std::string(trimmed(line.substr(end)))};
  if (interpreter.path.empty())
    throw Failure(script + ": its #! line names no interpreter", kNotExecutable);
  if (ends_with_cr && interpreter.argument.empty()) {
    throw Failure(
        script +
            ": its #! line ends with CR LF, and the kernel takes the CR for a part of the "
            "interpreter's name; write the file with lines that end with LF",
        kNotExecutable);
  }
  return interpreter;
}

void refuse_privileged_file(const std::string& path) {
  // With no_new_privs, or on a file system mounted nosuid, the kernel ignores the bits.
  if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1) return;
  struct statvfs mount;
  if (::statvfs(path.c_str(), &mount) == 0 && (mount.f_flag & ST_NOSUID) != 0) return;
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) cannot_execute(path);
  bool set_uid = (status.st_mode & S_ISUID) != 0 && status.st_uid != ::getuid();
  bool set_gid =
      (status.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && status.st_gid != ::getgid();
  bool capabilities =
      ::getuid() != 0 && ::getxattr(path.c_str(), "security.capability", nullptr, 0) > 0;
  if (!set_uid && !set_gid && !capabilities) return;
  throw Failure(path +
                (set_uid   ? ": is set-user-ID"
                 : set_gid ? ": is set-group-ID"
                           : ": has file capabilities") +
                ": for such programs the dynamic linker ignores LD_LIBRARY_PATH and LD_PRELOAD, so "
                "that nobody can give "
                "them other libraries; use a copy without that, if it can do its work then");
}

struct MappedImage {
  FileMapping mapping;
  elf::Image image;
};

MappedImage open_image(Arena& arena, const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) throw Failure(path + ": " + ::strerror(errno));
  Result<FileMapping> mapping = FileMapping::of(fd.get());
  if (!mapping) throw Failure(path + ": " + std::string(render(arena, mapping.error())));
  Result<elf::Image> image = elf::Image::of_file(mapping->bytes());
  if (!image) {
    std::string advice = image.error().fault == Fault::unsupported
                             ? "; bulkhead works for programs of its own kind only"
                             : "; it is damaged, or no program of this system: reinstall it";
    throw Failure(path + ": " + std::string(render(arena, image.error())) + advice);
  }
  return {std::move(*mapping), *image};
}

// One capsule's shims would be this system's libraries to the other.
void refuse_itself(const std::string& path) {
  struct stat own, other;
  if (::stat("/proc/self/exe", &own) != 0 || ::stat(path.c_str(), &other) != 0) return;
  if (own.st_dev != other.st_dev || own.st_ino != other.st_ino) return;
  throw Failure(path +
                ": is bulkhead itself; name the program that it is to start, and for several "
                "capsules a file: --config");
}

// A position-independent program has a flag by which it can be told from a library.
bool is_library(const elf::Image& image) {
  Result<elf::Dynamic> dynamic = elf::Dynamic::read(image);
  return image.type() == ET_DYN && dynamic && (dynamic->flags_1 & DF_1_PIE) == 0;
}

std::string interpreter_text(const elf::Image& image) {
  const elf::Phdr* header = image.find_header(PT_INTERP);
  if (header == nullptr) return {};
  std::span<const std::byte> bytes = image.bytes(header->p_vaddr, header->p_filesz);
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return text.c_str();  // up to the NUL
}

// What cannot be read, or is nothing of that kind, check_program explains.
bool is_static(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  Result<FileMapping> mapping = FileMapping::of(fd.get());
  if (!mapping) return false;
  Result<elf::Image> image = elf::Image::of_file(mapping->bytes());
  return image && image->find_header(PT_INTERP) == nullptr && !is_library(*image);
}

constexpr std::string_view kWithValue[] = {
    "--library-path",         "--inhibit-rpath",    "--audit", "--preload", "--argv0",
    "--glibc-hwcaps-prepend", "--glibc-hwcaps-mask"};

// By its SONAME.
bool is_dynamic_linker(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  Result<FileMapping> mapping = FileMapping::of(fd.get());
  if (!mapping) return false;
  Result<elf::Image> image = elf::Image::of_file(mapping->bytes());
  if (!image) return false;
  Result<elf::Dynamic> dynamic = elf::Dynamic::read(*image);
  return dynamic && dynamic->soname().starts_with("ld") && plan::is_glibc_family(dynamic->soname());
}

// `ld.so [OPTION...] PROGRAM`: the program is that one.
void follow_linker(Program& program) {
  if (!is_dynamic_linker(program.binary)) return;
  const LinkerCommand command = read_linker_command(program.arguments);
  if (command.program == 0) return;
  const std::string& path = program.arguments[command.program];
  if (path.find('/') == std::string::npos) {
    throw Failure(path + ": " + program.path +
                  " looks for it where libraries are; give the program's path");
  }
  if (!is_regular(path)) cannot_execute(path);
  program.linker = program.binary;
  program.binary = path;
  program.library_path_at = command.library_path;
  program.chain.push_back(path);
}

}  // namespace

LinkerCommand read_linker_command(const std::vector<std::string>& arguments) {
  LinkerCommand command;
  std::size_t i = 1;
  for (; i < arguments.size() && arguments[i].starts_with("--"); ++i) {
    if (std::ranges::find(kWithValue, arguments[i]) == std::end(kWithValue)) continue;
    if (i + 1 == arguments.size()) return command;
    if (arguments[i] == "--library-path") command.library_path = i + 1;
    ++i;
  }
  if (i < arguments.size()) command.program = i;
  return command;
}

Program find_program(const std::vector<std::string>& command) {
  Program program;
  program.arguments = command;
  program.path = search_path(command.at(0), program.passed_over);
  std::string path = program.path;
  std::vector<std::string> arguments(command.begin() + 1, command.end());
  for (int depth = 0;; ++depth) {
    program.chain.push_back(path);
    Start start = read_start(path);
    if (start.text().starts_with(ELFMAG)) break;
    if (depth == kMaxInterpreters)
      throw Failure(path + ": too many interpreters of interpreters", kNotExecutable);
    Interpreter interpreter;
    if (start.text().starts_with("#!")) {
      interpreter = interpreter_of(path, start.text());
    } else if (depth == 0 && start.text().find('\0') == std::string_view::npos) {
      // As execvp(3) and every shell do with a text without #!.
      interpreter.path = "/bin/sh";
      program.path = interpreter.path;
      program.arguments.insert(program.arguments.begin() + 1, path);
    } else {
      throw Failure(path + ": is neither an ELF file nor a script", kFailed);
    }
    if (!is_regular(interpreter.path) || ::access(interpreter.path.c_str(), X_OK) != 0) {
      throw Failure(
          path + ": its interpreter " + interpreter.path + " is not there, or not executable",
          kNotExecutable);
    }
    bool by_name = file_name_of(interpreter.path) == "env" && !interpreter.argument.empty() &&
                   interpreter.argument.find_first_of("-= \t") == std::string::npos;
    if (by_name) program.interpreters.push_back(interpreter.path);
    path = by_name ? search_path(interpreter.argument, program.passed_over) : interpreter.path;
  }
  program.binary = path;
  if (program.chain.size() == 1) follow_linker(program);
  program.is_launcher = program.linker.empty() && is_static(program.binary);
  return program;
}

// The bits of a script do nothing; those of its interpreter count.
void refuse_privileged(const Program& program) { refuse_privileged_file(program.binary); }

void check_program(const Program& program) {
  const std::string& path = program.binary;
  refuse_privileged(program);
  Arena arena;
  const MappedImage file = open_image(arena, path);
  std::string linker = program.linker.empty() ? interpreter_text(file.image) : program.linker;
  if (linker.empty() && is_library(file.image)) {
    throw Failure(path + ": is a shared object, not a program; name the program to be started");
  }
  if (linker.empty()) return refuse_itself(path);
  if (file_name_of(linker).starts_with("ld-musl")) {
    throw Failure(path + ": is a program for musl (" + linker +
                  "); bulkhead needs glibc's dynamic linker");
  }
  Result<elf::Dynamic> dynamic = elf::Dynamic::read(file.image);
  if (!dynamic) {
    throw Failure(path + ": " + std::string(render(arena, dynamic.error())) +
                  "; it is damaged: reinstall it");
  }
}

void check_dynamic_program(const Program& program) {
  check_program(program);
  if (!program.is_launcher) return;
  throw Failure(program.binary +
                ": is statically linked: no dynamic linker is involved that could give it "
                "another library; use a dynamically linked build of it");
}

const Program* planned_for(const Program& program) {
  return program.is_launcher ? nullptr : &program;
}

std::string library_path_for(const Program* program) {
  if (program != nullptr && program->library_path_at != 0) {
    return program->arguments[program->library_path_at];
  }
  const char* variable = ::getenv("LD_LIBRARY_PATH");
  return variable == nullptr ? "" : variable;
}

void search_first(Program& program, const std::string& directory) {
  auto before = [&](const std::string& others) {
    return others.empty() ? directory : directory + ":" + others;
  };
  if (program.library_path_at != 0) {
    std::string& value = program.arguments[program.library_path_at];
    value = before(value);
  }
  ::setenv("LD_LIBRARY_PATH", before(library_path_for(nullptr)).c_str(), 1);
}

void execute(const Program& program) {
  std::vector<char*> arguments;
  for (const std::string& argument : program.arguments)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  ::execv(program.path.c_str(), arguments.data());
  const int error = errno;
  std::string linker = interpreter_of_program(program.binary);
  if (error == ENOENT && !linker.empty() && ::access(linker.c_str(), F_OK) != 0) {
    throw Failure(program.binary + ": its dynamic linker " + linker +
                      " is not there; the program is of another system, or that is incomplete",
                  kNotExecutable);
  }
  throw Failure(program.path + ": cannot be executed: " + ::strerror(error),
                error == ENOENT ? kNotFound : kNotExecutable);
}

std::string absolute_path(const std::string& path) {
  char directory[PATH_MAX];
  if (path.starts_with('/') || ::getcwd(directory, sizeof directory) == nullptr) return path;
  return std::string(directory) + "/" + path.substr(path.starts_with("./") ? 2 : 0);
}

std::string interpreter_of_program(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) return {};
  Result<FileMapping> mapping = FileMapping::of(fd.get());
  if (!mapping) return {};
  Result<elf::Image> image = elf::Image::of_file(mapping->bytes());
  return image ? interpreter_text(*image) : std::string{};
}

}  // namespace bulkhead::programs
