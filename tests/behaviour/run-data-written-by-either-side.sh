#!/bin/bash
# Variables of an exposed library are one object for both sides: what the program writes the library
# reads, and the other way round, by name and by pointer, however the program was linked.
. "${0%/*}/lib.sh"

cat >library.c <<'END'
int counter = 5;
int zeroed[SIZE];
const char *text = "library";
struct pair { int *to; int value; } pair = {&counter, 8};
int *const table[2] = {&counter, &pair.value};
static int calls(void) { return 77; }
int (*callback)(void) = calls;
__attribute__((weak)) int weak_one = 3;
int original = 4;
extern int alias __attribute__((alias("original")));
void *address(int i) { void *all[] = {&counter, zeroed, &text, &pair, (void *)table, &weak_one, &original, &callback}; return all[i]; }
void add(int n) { counter += n; zeroed[299] += n; text = "changed"; weak_one += n; original += n; }
int sum(void) { return counter + zeroed[299] + weak_one + original + callback() + pair.value; }
END
library libdata.so.1 -DSIZE=300 <library.c
library libsecond.so.1 "$libs/libdata.so.1" <<'END'
extern int counter;
int *second_in_data = &counter;
int second_adds(int n) { counter += n; return *second_in_data; }
END
at=$host library libuser.so "$libs/libdata.so.1" <<'END'
extern int counter, zeroed[], original, alias;
extern const char *text;
int *user_in_data = &zeroed[299];
void *user_address(int i) { void *all[] = {&counter, zeroed, &text, &original}; return all[i == 6 ? 3 : i]; }
void user_add(int n) { counter += n; *user_in_data += n; original += n; }
END
cat >main.c <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
extern int counter, zeroed[300], weak_one, original, alias, *second_in_data;
extern const char *text;
extern struct pair { int *to; int value; } pair;
extern int *const table[2];
extern int (*callback)(void);
void *address(int), *user_address(int), add(int), user_add(int);
int sum(void), second_adds(int);
static int mine(void) { return 7; }
int *in_data[] = {&counter, &zeroed[299], &original}, *const in_relro = &counter;
int main(void) {
  printf("%d %d %s %d %d, ", counter, zeroed[299], text, *pair.to, *table[1]);
  add(1);
  printf("library wrote %d %d %s %d %d, ", counter, zeroed[299], text, weak_one, original);
  counter += 10; zeroed[299] += 10; weak_one += 10; pair.value += 10; callback = mine; original += 10;
  printf("program wrote %d, ", sum());
  user_add(100);
  printf("another wrote %d %d %d %d, ", counter, zeroed[299], original, sum());
  printf("second wrote %d %d, ", second_adds(1000), counter);
  void *here[] = {&counter, zeroed, &text, &pair, (void *)table, &weak_one, &original, &callback};
  for (int i = 0; i < 8; i++) printf("%d", here[i] == address(i));
  printf(" %d%d%d%d ", user_address(0) == here[0], user_address(1) == here[1], user_address(2) == here[2], user_address(6) == here[6]);
  printf("%d%d%d%d", in_data[0] == here[0], in_data[1] == &zeroed[299], in_data[2] == here[6], in_relro == here[0]);
  printf("%d%d%d", pair.to == here[0], table[1] == &pair.value, second_in_data == here[0]);
  printf(" %d%d", dlsym(RTLD_DEFAULT, "counter") == here[0], dlsym(dlopen("libsecond.so.1", RTLD_NOW), "second_in_data") == &second_in_data);
}
END
inputs=("$libs/libdata.so.1" "$libs/libsecond.so.1" "$host/libuser.so" "-Wl,-rpath,$host" -ldl)
expose=libdata.so.1,libsecond.so.1
for options in "-fPIC" "-fPIC -Wl,-z,now" "-fpie -pie" "-fpie -pie -Wl,-z,now" "-fno-pic -no-pie" "-fno-pic -no-pie -Wl,-z,now"; do
    library libdata.so.1 -DSIZE=300 <library.c
    # shellcheck disable=SC2086 # several options
    program main $options "${inputs[@]}" <main.c
    for size in 300 1000; do  # the tree's is larger now than what the program was linked with
        library libdata.so.1 -DSIZE=$size <library.c
        native=$(LD_LIBRARY_PATH=$libs ./main 2>/dev/null)
        [[ $native == "5 0 library 5 8, library wrote 6 "?" changed 4 5, program wrote "*" 11111111 1111 1111111 1"? ]] ||
            fail "the fixture is wrong: $native"
        expect "$native" run $expose -- ./main
    done
done
