#include "base/diagnostics.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/keep_errno.h"
#include "base/text.h"

namespace bulkhead {
namespace {

constexpr std::string_view kTopicNames[] = {"resolve", "plan",  "image",  "open", "bind",
                                            "dl",      "paths", "compat", "heap"};

// Guard: written once by set_debug_topics, before any reader exists.
unsigned g_topics = 0;

void write_line(std::string_view head, std::initializer_list<std::string_view> pieces) {
  // One call keeps lines of several threads whole, if no longer than a pipe takes at once
  // (PIPE_BUF); what does not fit is cut. No buffer, since stacks may be small.
  constexpr std::size_t kMaxPieces = 30;
  std::size_t room = 4096 - 1;
  iovec line[kMaxPieces + 2];
  std::size_t count = 0;
  auto append = [&](std::string_view piece) {
    piece = take(piece, room);
    room -= piece.size();
    if (!piece.empty()) line[count++] = {const_cast<char*>(piece.data()), piece.size()};
  };
  append(head);
  for (std::string_view piece : pieces) {
    if (count <= kMaxPieces) append(piece);
  }
  line[count++] = {const_cast<char*>("\n"), 1};
  KeepErrno keep;
  ssize_t written = write_vectors(2, std::span(line, count));
  static_cast<void>(written);  // stderr may be closed: nobody is left to tell
}

}  // namespace

void set_debug_topics(std::string_view list) {
  while (!list.empty()) {
    std::string_view word = trimmed(split_off(list, ','));
    if (word.empty()) continue;
    if (word == "all") {
      g_topics = ~0U;
      continue;
    }
    bool known = false;
    for (unsigned i = 0; i < sizeof kTopicNames / sizeof *kTopicNames; ++i) {
      if (word == kTopicNames[i]) {
        g_topics |= 1U << i;
        known = true;
      }
    }
    if (!known) {
      message({"BULKHEAD_DEBUG: unknown topic \"", word,
               "\"; topics are resolve, plan, image, open, bind, dl, paths, compat, all"});
    }
  }
}

void enable_debug_topic(Topic topic) {
  __atomic_or_fetch(&g_topics, 1U << static_cast<unsigned>(topic), __ATOMIC_RELAXED);
}

bool debug_enabled(Topic topic) { return ((g_topics >> static_cast<unsigned>(topic)) & 1U) != 0; }

void debug(Topic topic, std::initializer_list<std::string_view> pieces) {
  if (!debug_enabled(topic)) return;
  char head[64];
  std::size_t size = 0;
  auto append = [&](std::string_view text) {
    memcpy(head + size, text.data(), text.size());
    size += text.size();
  };
  append("bulkhead[");
  char digits[12];
  char* first = digits + sizeof digits;
  auto pid = static_cast<unsigned>(::getpid());
  do {
    *--first = static_cast<char>('0' + pid % 10);
    pid /= 10;
  } while (pid != 0);
  append({first, static_cast<std::size_t>(digits + sizeof digits - first)});
  append("] ");
  append(kTopicNames[static_cast<unsigned>(topic)]);
  append(": ");
  write_line({head, size}, pieces);
}

void message(std::initializer_list<std::string_view> pieces) { write_line("bulkhead: ", pieces); }

std::string_view system_error_text(int number) {
  // strerror() may allocate and asks the locale; these are the ones that opening,
  // mapping and protecting files produce.
  switch (number) {
    case 0: return "";
    case EPERM: return "operation not permitted";
    case ENOENT: return "no such file or directory";
    case EIO: return "input/output error";
    case EBADF: return "bad file descriptor";
    case ENOMEM: return "out of memory";
    case EACCES: return "permission denied";
    case EEXIST: return "file exists";
    case EXDEV: return "leads out of the tree";
    case ENOTDIR: return "not a directory";
    case EISDIR: return "is a directory";
    case EINVAL: return "invalid argument";
    case ENFILE: return "too many open files in the system";
    case EMFILE: return "too many open files in this process";
    case EFBIG: return "file too large";
    case ENOSPC: return "no space left on device";
    case EROFS: return "read-only file system";
    case ENAMETOOLONG: return "file name too long";
    case ENOSYS: return "the kernel lacks this system call";
    case ENOTEMPTY: return "directory not empty";
    case ELOOP: return "too many levels of symbolic links";
    case ENOEXEC: return "not an executable of this system";
    case ETXTBSY: return "text file busy";
    case EDQUOT: return "disk quota exceeded";
    default: return "system error";
  }
}

std::string_view render(Arena& arena, const Error& error) {
  std::string_view subject_separator = error.subject.empty() ? "" : ": ";
  std::string_view text = join(arena, {error.subject, subject_separator, error.what});
  if (error.number != 0) {
    std::string_view known = system_error_text(error.number);
    text = join(arena, {text, ": ", known});
    if (known == "system error")
      text = join(arena, {text, " ", decimal(arena, static_cast<unsigned>(error.number))});
  }
  if (!error.because.empty()) text = join(arena, {text, " (", error.because, ")"});
  if (!error.advice.empty()) text = join(arena, {text, "; ", error.advice});
  return text;
}

void fatal(std::string_view text) {
  message({text});
  ::_exit(125);
}

}  // namespace bulkhead
