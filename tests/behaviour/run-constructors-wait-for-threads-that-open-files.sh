#!/bin/bash
# A constructor of one tree waits for a thread that opens a file by a mapped path, while a library of
# another tree with mapped paths is in the process: whose path it is needs no lock of ld.so's.
. "${0%/*}/lib.sh"

mkdir -p "$scratch/tree2/usr/lib"
libs2=$scratch/tree2/usr/lib
n=1
for root in "$tree" "$scratch/tree2"; do
    mkdir -p "$root/mapped"
    echo "tree$n" >"$root/mapped/file"
    at=$root/usr/lib library libreads$n.so.1 -pthread <<END
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static char text[6];
static void *body(void *unused) {
  int fd = open("/mapped/file", O_RDONLY);
  read(fd, text, 5);
  close(fd);
  return 0;
}
__attribute__((constructor)) static void begin(void) {
  pthread_t thread;
  pthread_create(&thread, 0, body, 0);
  pthread_join(thread, 0);
}
const char *reads$n(void) { return text; }
END
    n=2
done
program main "$libs/libreads1.so.1" "$libs2/libreads2.so.1" <<'END'
#include <stdio.h>
const char *reads1(void), *reads2(void);
int main(void) { printf("%s %s", reads1(), reads2()); }
END
"$bulkhead" shim --tree "$tree" --expose libreads1.so.1 --map /mapped -o first
"$bulkhead" shim --tree "$scratch/tree2" --expose libreads2.so.1 --map /mapped -o second
expect "tree1 tree2" env LD_LIBRARY_PATH=first:second timeout 10 ./main
