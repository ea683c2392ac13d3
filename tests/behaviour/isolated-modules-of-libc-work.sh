#!/bin/bash
# What the libc of an isolated capsule loads by itself (converters of iconv, name service), starts (popen,
# system, wordexp) and looks through (backtrace) works, and modules allocate from the same heap.
. "${0%/*}/isolated.bash"

inside c <<'END_OF_SOURCE'
#include <execinfo.h>
#include <iconv.h>
#include <pwd.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wordexp.h>
int converts(void) {
  char text[] = "ab", result[9], *from = text, *to = result;
  size_t left = 2, room = 9;
  iconv_t state = iconv_open("UTF-16LE", "ISO-8859-15");  /* a module, which lacks optional functions */
  if (state == (iconv_t)-1) return -1;
  iconv(state, &from, &left, &to, &room);
  return iconv_close(state) == 0 ? result[2] : -1;
}
int knows(void) {
  struct passwd *user = getpwuid(0);
  return user && strcmp(user->pw_name, "root") == 0 && getpwnam("nobody-of-that-name") == NULL;
}
int starts(void) {
  char line[9] = "";
  wordexp_t words;
  FILE *pipe = popen("echo $SET", "r");
  fgets(line, sizeof line, pipe);
  return pclose(pipe) == 0 && strcmp(line, "yes\n") == 0 && system("exit 3") == 3 << 8 &&
         wordexp("$SET `echo two`", &words, 0) == 0 && words.we_wordc == 2 && strcmp(words.we_wordv[0], "yes") == 0;
}
int matches(void) {
  regex_t pattern;
  int result = regcomp(&pattern, "a[[:alpha:]]+", REG_EXTENDED) == 0 && regexec(&pattern, "xabc", 0, NULL, 0) == 0;
  regfree(&pattern);
  return result;
}
int looks(void) { void *frames[20]; return backtrace(frames, 20) > 2; }
END_OF_SOURCE
outside c <<'END_OF_SOURCE'
#include "begin.h"
int converts(void), knows(void), starts(void), matches(void), looks(void);
int main(int count, char **arguments) {
  begin(arguments);
  setenv("SET", "yes", 1);
  CLAIM("iconv", "%c", INSIDE(converts));
  HOLDS("users", INSIDE(knows));
  HOLDS("popen, system, wordexp", INSIDE(starts));
  HOLDS("regular expressions", INSIDE(matches));
  HOLDS("backtrace", INSIDE(looks));
}
END_OF_SOURCE
isolation_makes_true <<'END'
iconv                  => b
users                  => yes
popen, system, wordexp => yes
regular expressions    => yes
backtrace              => yes
END
hold claims.txt ./main own-heap
