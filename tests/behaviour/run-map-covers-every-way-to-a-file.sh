#!/bin/bash
# --map: programs that the tree's libraries start, directories that they enter, links, patterns and
# file systems that they ask about are the tree's too, by whatever call.
. "${0%/*}/lib.sh"

mkdir -p "$scratch/data" "$tree/data"
printf '#!/bin/sh\nprintf "here %%s." "$*"\n' >data/say
printf '#!/bin/sh\nprintf "tree %%s." "$*"\n' >"$tree/data/say"
chmod +x data/say "$tree/data/say"
ln -s here data/link; ln -s tree "$tree/data/link"; touch "$tree/data/only.a" "$tree/data/only.b"
cat >reads.c <<'END'
#define _GNU_SOURCE
#include <ftw.h>
#include <glob.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>
extern char **environ;
static int files;
static int count(const char *path, const struct stat *status, int kind, struct FTW *ftw) { files += kind == FTW_F; return 0; }
static int count_all(const char *path, const struct stat *status, int kind) { files += kind == FTW_F; return 0; }
void NAME(const char *directory) {
  char say[4096], text[4096] = "";
  char *arguments[] = {"say", "1", "2", NULL};
  sprintf(say, "%s/say", directory);
  for (int way = 0; way < 9; way++) {
    pid_t child = 0;
    fflush(stdout);
    if (way == 0) posix_spawn(&child, say, NULL, NULL, arguments, environ);
    else if (way == 1) posix_spawnp(&child, say, NULL, NULL, arguments, environ);
    else if ((child = way == 2 ? vfork() : fork()) == 0) {
      switch (way) {
      case 2: case 3: execve(say, arguments, environ); break;
      case 4: execv(say, arguments); break;
      case 5: execvp(say, arguments); break;
      case 6: execl(say, "say", "1", "2", "3", "4", "5", "6", "7", "8", "9", NULL); break;
      case 7: execlp(say, "say", "1", NULL); break;
      case 8: execle(say, "say", "1", "2", "3", "4", "5", "6", NULL, environ); break;
      }
      _exit(1);
    }
    waitpid(child, NULL, 0);
  }
  sprintf(say, "%s/link", directory);
  int size = readlink(say, text, sizeof text);
  sprintf(say, "%s/only.*", directory);
  glob_t found = {0};
  glob(say, 0, NULL, &found);
  nftw(directory, count, 4, 0);
  int once = files;
  ftw(directory, count_all, 4);
  struct statfs system;
  struct statvfs again;
  sprintf(say, "%s/only.a", directory);
  printf(" %.*s %d %d %d %d%d%d ", size, text, (int)found.gl_pathc, once, files, eaccess(say, R_OK), statfs(say, &system), statvfs(say, &again));
  char *before = getcwd(NULL, 0);
  int moved = chdir(directory);
  printf("%d%d ", moved, access("only.a", R_OK));
  chdir(before);
  FILE *file = freopen(say, "r", fopen("/dev/null", "r"));
  printf("%d", file != NULL);
  fflush(stdout);
}
END
{ cat reads.c; } | library libways.so.1 -DNAME=reads_inside
{ cat reads.c; cat <<END; } | program main "$libs/libways.so.1" -DNAME=reads_outside
void reads_inside(const char *);
int main(int count, char **arguments) { reads_inside(arguments[1]); printf(", "); fflush(stdout); reads_outside(arguments[1]); }
END
said() { local w=$1; echo "$w 1 2.$w 1 2.$w 1 2.$w 1 2.$w 1 2.$w 1 2.$w 1 2 3 4 5 6 7 8 9.$w 1.$w 1 2 3 4 5 6."; }
here="$(said here) here 0 1 2 -1-1-1 0-1 0"
there="$(said tree) tree 2 3 6 000 00 1"
expect "$here, $here" run libways.so.1 -- ./main "$scratch/data"
expect "$there, $here" run libways.so.1 --map "$scratch/data=$tree/data" -- ./main "$scratch/data"
