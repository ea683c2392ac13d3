#!/bin/bash
# Unwinders and dl_iterate_phdr inside a capsule know the program's libraries and the capsule's,
# from its first constructor on; exceptions are caught inside, and cross the border both ways.
. "${0%/*}/lib.sh"

language=c++ library libearly.so <<'END'
#include <stdexcept>
#include <string>
static std::string start() {
  try { throw std::runtime_error("in a constructor"); } catch (const std::exception &e) { return e.what(); }
}
// ld.so has not told anybody yet which namespace this is.
static std::string caught = start();
extern "C" const char *early() { return caught.c_str(); }
END
language=c++ library libunwinding.so.1 "$libs/libearly.so" <<'END'
#include <link.h>
#include <cstring>
#include <stdexcept>
#include <string>
extern "C" const char *early();
static int note(struct dl_phdr_info *info, size_t, void *data) {
  std::string &seen = *static_cast<std::string *>(data);
  const char *name = std::strrchr(info->dlpi_name, '/');
  seen += seen.empty() ? "first " : "";
  if (*info->dlpi_name == 0) seen += "program ";
  if (name && (!std::strcmp(name, "/libearly.so") || !std::strcmp(name, "/libofprogram.so"))) seen += name + 1 + (" " + std::string(info->dlpi_phnum ? "" : "empty "));
  return 0;
}
extern "C" const char *inside() {
  static std::string result;
  std::string seen;
  dl_iterate_phdr(note, &seen);
  try { throw 5; } catch (int) { result = early() + (", " + seen); }
  return result.c_str();
}
extern "C" void throw_out() { throw std::runtime_error("out of the capsule"); }
extern "C" const char *catch_inside(void (*thrower)()) {
  static std::string text;
  try { thrower(); } catch (const std::exception &e) { text = e.what(); }
  return text.c_str();
}
END
cp "$(g++ -print-file-name=libstdc++.so.6)" "$libs/"
at=$host library libofprogram.so <<<'int of_program;'
language=c++ program main "$libs/libunwinding.so.1" -Wl,--no-as-needed "$host/libofprogram.so" "-Wl,-rpath,$host" <<'END'
#include <cstdio>
#include <stdexcept>
extern "C" const char *inside();
extern "C" const char *catch_inside(void (*)());
extern "C" void throw_out();
static void thrower() { throw std::runtime_error("into the capsule"); }
int main() {
  std::printf("%s; %s; ", inside(), catch_inside(thrower));
  try { throw_out(); } catch (const std::exception &e) { std::printf("%s", e.what()); }
}
END
seen="in a constructor, first program libearly.so libofprogram.so "
expect "$seen; into the capsule; out of the capsule" run libunwinding.so.1 -- ./main
expect "$seen; into the capsule; out of the capsule" run libunwinding.so.1 --map /nowhere -- ./main
