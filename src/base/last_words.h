// Lines on standard error, for whoever has no memory of ours to build them in.
#pragma once

#include <initializer_list>
#include <string_view>

namespace bulkhead {

// Head, pieces and a newline by one write(2) to descriptor 2, so that lines of threads do not mix.
// What a terminal would not print as text, newlines too, is escaped (base/printable.h). The line is
// cut after as many bytes as a pipe takes at once (PIPE_BUF, 4096), and after 62 pieces, of which
// each escape is one. Keeps errno. Thread-safe.
void write_line(std::string_view head, std::initializer_list<std::string_view> pieces);

// The same, behind "bulkhead: ".
void message(std::initializer_list<std::string_view> pieces);

// Last words, then _exit(125), the status that env(1) reserves for the launcher's
// own failures.
[[noreturn]] void fatal(std::string_view text);

}  // namespace bulkhead
