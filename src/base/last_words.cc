#include "base/last_words.h"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <span>

#include "base/fd.h"
#include "base/keep_errno.h"
#include "base/printable.h"

namespace bulkhead {

void write_line(std::string_view head, std::initializer_list<std::string_view> pieces) {
  // One call keeps lines of several threads whole, if no longer than a pipe takes at once
  // (PIPE_BUF); what does not fit is cut. No buffer, since stacks may be small.
  constexpr std::size_t kMaxPieces = 62;
  std::size_t room = 4096 - 1;
  iovec line[kMaxPieces + 1];
  std::size_t count = 0;
  auto append = [&](std::string_view piece) {
    if (count == kMaxPieces) return;
    piece = {piece.data(), std::min(piece.size(), room)};
    room -= piece.size();
    if (!piece.empty()) line[count++] = {const_cast<char*>(piece.data()), piece.size()};
  };
  append(head);
  for (std::string_view piece : pieces) for_each_printable(piece, append);
  line[count++] = {const_cast<char*>("\n"), 1};
  KeepErrno keep;
  ssize_t written = write_vectors(2, std::span(line, count));
  static_cast<void>(written);  // stderr may be closed: nobody is left to tell
}

void message(std::initializer_list<std::string_view> pieces) { write_line("bulkhead: ", pieces); }

void fatal(std::string_view text) {
  message({text});
  ::_exit(125);
}

}  // namespace bulkhead
