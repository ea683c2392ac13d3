#include "inside/dl_errors.h"

#include <errno.h>
#include <string.h>

#include "base/diagnostics.h"
#include "base/text.h"
#include "process/loader.h"
#include "process/questions.h"

namespace bulkhead::inside {
namespace {

constexpr std::string_view kMark = "/bulkhead/";

}  // namespace

std::string_view in_words_of_ld_so(Arena& arena, Lmid_t space, const Error& error) {
  if (process::is_of_ld_so(error)) return error.because;
  if (error.fault == Fault::malformed && error.subject.starts_with('/')) {
    // Nothing is loaded; but ld.so looks whether it could be.
    std::string_view file = arena.copy(error.subject);
    if (void* loaded = process::loaded_handle(space, file.data())) {
      process::close_handle(loaded);
    } else if (const char* text = process::take_error()) {
      return arena.copy(text);
    }
  }
  Error reason = error;
  reason.subject = {};
  std::string_view words;
  if (error.fault == Fault::missing) words = ": No such file or directory";
  if (error.fault == Fault::conflict && error.number == EACCES) {
    words = ": Permission denied";
    reason.number = 0;
  }
  return join(arena, {error.subject, ": cannot open shared object file", words,
                      " (bulkhead: ", render(arena, reason), ")"});
}

void* refuse(Arena& arena, Lmid_t space, std::string_view text) {
  std::string_view name = join(arena, {kMark, text, kMark});
  return process::open_file(space, name.data(), RTLD_LAZY);
}

char* last_error() {
  char* text = process::take_error();
  std::string_view said = text != nullptr ? text : std::string_view{};
  std::size_t end = said.rfind(kMark);
  if (said.starts_with(kMark) && end >= kMark.size()) {
    // In ld.so's own memory, which stays until the thread's next call.
    ::memmove(text, text + kMark.size(), end - kMark.size());
    text[end - kMark.size()] = '\0';
  }
  return text;
}

}  // namespace bulkhead::inside
