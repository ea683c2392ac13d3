#!/bin/bash
# A stream of the program's can be closed inside an isolated capsule, and fflush(NULL) in there writes what
# the program has not written yet: the program goes on, and ends.
. "${0%/*}/isolated.bash"

inside c <<'END_OF_SOURCE'
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
int end(FILE *stream) { fprintf(stream, "%.1f", 0.5); return fclose(stream); }
FILE *again(FILE *stream) { return freopen("other", "w+", stream); }
int write_all(void) { FILE *own = tmpfile(); putc('x', own); int failed = fflush(NULL); return fclose(own) + failed; }
size_t __fread_chk(void *, size_t, size_t, size_t, FILE *); /* what fread is with _FORTIFY_SOURCE */
long pieces(FILE *stream) { /* one of each place that the stream may have among the arguments */
  char text[9], *line = NULL;
  size_t size = 0;
  long read = getline(&line, &size, stream) + getdelim(&line, &size, ':', stream);
  read += fread(text, 1, 2, stream) + __fread_chk(text, sizeof text, 1, 3, stream) + (getc(stream) == 'i');
  free(line);
  return read + (ungetc('k', stream) == 'k') + !feof(stream);
}
int wide(FILE *stream) { return fputws(L"wide ", stream) + fwide(stream, 0); }
END_OF_SOURCE
outside c <<'END_OF_SOURCE'
#include "begin.h"
#include <sys/stat.h>
#include <unistd.h>
int end(FILE *), write_all(void), wide(FILE *);
long pieces(FILE *);
FILE *again(FILE *);
static long size_of(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 ? status.st_size : -1;
}
int main(int count, char **arguments) {
  alarm(20); /* a list without an end */
  begin(arguments);
  FILE *first = fopen("first", "w"), *second = fopen("second", "w"), *third = fopen("third", "w");
  fputs("ab", second);
  INSIDE(end, second);
  fputs("abc", first);
  INSIDE(write_all);
  INSIDE(wide, third);
  FILE *other = INSIDE(again, third);
  fputs("abcd", other);
  CLAIM("written by fflush(NULL) inside", "%ld", size_of("first"));
  CLAIM("written by fclose inside", "%ld", size_of("second"));
  CLAIM("written by freopen inside", "%ld", size_of("third"));
  HOLDS("freopen's result", other == third);
  fclose(other);
  FILE *read = fopen("read", "w+");
  fputs("a\nbc:defghij", read);
  rewind(read);
  CLAIM("read inside", "%ld", INSIDE(pieces, read));
  CLAIM("ungetc inside, getc outside", "%c", getc(read));
  CLAIM("getc outside, the next", "%c", getc(read));
  CLAIM("written after freopen", "%ld", size_of("other"));
  fclose(read);
  return fclose(first);
}
END_OF_SOURCE
claims ./main isolated <<'END'
written by fflush(NULL) inside => 3
written by fclose inside       => 5
written by freopen inside      => 5
freopen's result               => yes
read inside                    => 13
ungetc inside, getc outside    => k
getc outside, the next         => j
written after freopen          => 4
END
