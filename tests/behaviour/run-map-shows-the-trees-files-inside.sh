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
#include <stdio.h>
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
  printf("%s ", head(open(path, O_RDONLY)));
  printf("%s ", head(openat(AT_FDCWD, path, O_RDONLY)));
  FILE *file = fopen(path, "r");
  printf("%s ", file ? head(dup(fileno(file))) : "none");
  sprintf(path, "%s/only-in-tree", directory);
  printf("%d%d%d", stat(path, &status), lstat(path, &status), access(path, R_OK));
  printf("%d%d ", fstatat(AT_FDCWD, path, &status, 0), faccessat(AT_FDCWD, path, R_OK, 0));
  DIR *all = opendir(directory);
  int count = 0;
  while (all && readdir(all)) count++;
  struct dirent **list;
  printf("%d %d ", count, scandir(directory, &list, NULL, NULL));
  sprintf(path, "%s-2", directory);
  printf("%s", head(open(path, O_RDONLY)));
}
END
library libreads.so.1 -DNAME=reads_inside <reads.c
{ cat reads.c; cat <<END; } | program main "$libs/libreads.so.1" -DNAME=reads_outside
void reads_inside(const char *);
int main(int count, char **arguments) {
  reads_inside(arguments[1]); printf(", "); fflush(stdout); reads_outside(arguments[1]);
}
END
here="here here here -1-1-1-1-1 4 4 here"
there="tree tree tree 00000 5 5 here"
expect "$here, $here" run libreads.so.1 -- ./main "$scratch/data"
expect "$there, $here" run libreads.so.1 --map "$scratch/data=$tree/data" -- ./main "$scratch/data"
mkdir -p "$tree$scratch" && cp -r "$tree/data" "$tree$scratch/data"
expect "$there, $here" run libreads.so.1 --map "$scratch/data" -- ./main "$scratch/data"
expect "else else else -1-1-1-1-1 3 3 here, $here" \
    run libreads.so.1 --map "$scratch/data=$scratch/elsewhere" -- ./main "$scratch/data"
