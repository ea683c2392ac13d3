#!/bin/bash
# A function's address is the same in static data, through the GOT, by dlsym, in another
# library and inside the capsule, however the program was linked. (One at a fixed address may take
# that of its own PLT entry for the function's; then all do.)
. "${0%/*}/lib.sh"

library libfunction.so.1 <<END
int function(void) { return 5; }
int (*inside(void))(void) { return function; }
END
at=$host library libother.so "$libs/libfunction.so.1" <<END
int function(void);
int (*const in_other[2])(void) = {function};
int (*other(void))(void) { return function; }
END
cat >main.c <<END
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
int function(void), (*inside(void))(void), (*other(void))(void);
extern int (*const in_other[2])(void);
int (*in_data)(void) = function;
int (*const in_relro)(void) = function;
int main(void) {
  int sum = function();
  int (*volatile in_code)(void) = function;
  void *late = dlopen("$host/libother.so", RTLD_NOW);
  void *all[] = {in_data, in_relro, dlsym(RTLD_DEFAULT, "function"), other(), in_other[0],
                 inside()};
  for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
    if (all[i] != in_code) printf("address %u differs: %p, not %p; ", i, all[i], in_code);
    sum += ((int (*)(void))all[i])();
  }
  printf("%d", sum + inside()());
}
END
inputs=("$libs/libfunction.so.1" "$host/libother.so" "-Wl,-rpath,$host" -ldl)
for options in "-pie" "-pie -Wl,-z,now" "-pie -fno-plt" \
    "-pie -Wl,-z,norelro -Wl,-z,lazy" "-no-pie -fno-pic" \
    "-no-pie -fno-pic -Wl,-z,now" "-no-pie -fPIC -fno-plt"; do
    # shellcheck disable=SC2086 # several options
    program main $options "${inputs[@]}" <main.c
    expect 40 run libfunction.so.1 -- ./main
    expect 40 env LD_BIND_NOW=1 "$bulkhead" run --tree "$tree" --expose libfunction.so.1 -- ./main
done
