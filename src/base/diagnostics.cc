#include "base/diagnostics.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/text.h"

namespace bulkhead {
namespace {

constexpr std::string_view kTopicNames[] = {"resolve", "plan",  "image",  "open", "bind",
                                            "dl",      "paths", "compat", "heap"};

// Guard: written once by set_debug_topics, before any reader exists.
unsigned g_topics = 0;

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

}  // namespace bulkhead
