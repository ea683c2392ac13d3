#!/bin/bash
# --map FROM=TO: what the tree's libraries open, stat or list under FROM is read from TO, by
# whatever call; the program itself sees this system's files.
. "${0%/*}/lib.sh"

mkdir -p "$scratch/data/sub" "$tree/data/sub" "$scratch/elsewhere"
echo -n here >data/file; echo -n tree >"$tree/data/file"; echo -n else >elsewhere/file
touch "$tree/data/only-in-tree"; echo -n here >data-2
cat >reads.c <<'END'
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include "claims.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
static const char *head(int fd) {
  static char text[5];
  memset(text, 0, 5);
  if (fd < 0 || read(fd, text, 4) != 4) strcpy(text, "none");
  if (fd >= 0) close(fd);
  return text;
}
void NAME(const char *directory) {
  char path[4096], other[4096];
  struct stat status;
  sprintf(path, "%s/file", directory);
  CLAIM("open", "%s", head(open(path, O_RDONLY)));
  CLAIM("openat", "%s", head(openat(AT_FDCWD, path, O_RDONLY)));
  FILE *file = fopen(path, "r");
  CLAIM("fopen", "%s", file ? head(dup(fileno(file))) : "none");
  sprintf(path, "%s/only-in-tree", directory);
  CLAIM("stat, of what is in the tree alone", "%d", stat(path, &status));
  CLAIM("lstat", "%d", lstat(path, &status));
  CLAIM("access", "%d", access(path, R_OK));
  CLAIM("fstatat", "%d", fstatat(AT_FDCWD, path, &status, 0));
  CLAIM("faccessat", "%d", faccessat(AT_FDCWD, path, R_OK, 0));
  DIR *all = opendir(directory);
  int count = 0;
  while (all && readdir(all)) count++;
  struct dirent **list;
  CLAIM("opendir", "%d", count);
  CLAIM("scandir", "%d", scandir(directory, &list, NULL, NULL));
  sprintf(path, "%s-2", directory);
  CLAIM("a name that begins the same", "%s", head(open(path, O_RDONLY)));
}
END
library libreads.so.1 -DNAME=reads_inside <reads.c
{ cat reads.c; cat <<END; } | program main "$libs/libreads.so.1" -DNAME=reads_outside
void reads_inside(const char *);
int main(int count, char **arguments) {
  CLAIM("inside", "");
  reads_inside(arguments[1]);
  CLAIM("outside", "");
  reads_outside(arguments[1]);
}
END
files() { # CONTENT RESULT ENTRIES
    printf '  %s => %s\n' open "$1" openat "$1" fopen "$1" "stat, of what is in the tree alone" "$2" lstat "$2" access "$2" fstatat "$2" \
        faccessat "$2" opendir "$3" scandir "$3" "a name that begins the same" here
}
inside_are() { # CONTENT RESULT ENTRIES [OPTION…]; outside they are here
    { echo "inside =>"; files "$1" "$2" "$3"; echo "outside =>"; files here -1 4; } |
        claims run libreads.so.1 "${@:4}" -- ./main "$scratch/data"
}
inside_are here -1 4
inside_are tree 0 5 --map "$scratch/data=$tree/data"
mkdir -p "$tree$scratch" && cp -r "$tree/data" "$tree$scratch/data"
inside_are tree 0 5 --map "$scratch/data"
inside_are else -1 3 --map "$scratch/data=$scratch/elsewhere"
