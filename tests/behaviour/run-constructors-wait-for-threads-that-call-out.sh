#!/bin/bash
# A constructor inside waits for a thread whose first calls lead to the program, to bulkhead's own
# libraries or back into the exposed one: nobody waits for ld.so's lock, which the opener holds.
. "${0%/*}/lib.sh"

library libwaits.so.1 -pthread <<'END'
#include <pthread.h>
#include <stdlib.h>
int exposed(void) { return 5; }
int callback(void) { return 0; }
static int got;
static void *body(void *unused) { got = callback() + strtol("30", 0, 10); return 0; }
__attribute__((constructor)) static void start(void) {
  pthread_t thread;
  pthread_create(&thread, 0, body, 0);
  pthread_join(thread, 0);
}
int get(void) { return got; }
END
for binding in lazy now; do
    program main -rdynamic "-Wl,-z,$binding" "$libs/libwaits.so.1" <<'END'
#include <stdio.h>
int exposed(void), get(void);
int callback(void) { return exposed(); }
int main(void) { printf("%d", get()); }
END
    expect 35 timeout 20 "$bulkhead" run --tree "$tree" --expose libwaits.so.1 -- ./main
done
