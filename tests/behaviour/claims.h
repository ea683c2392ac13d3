// What fixtures that show several things print: a line for each, NAME => VALUE. The script has the
// same lines, and lib.sh compares one by one. What is printed while the value is found out comes
// before it.
#pragma once
#include <stdio.h>

// The value as printf takes it.
#define CLAIM(name, ...) \
  (printf("%s => ", name), fflush(stdout), printf(__VA_ARGS__), putchar('\n'))
// Yes or no.
#define HOLDS(name, condition) CLAIM(name, "%s", (condition) ? "yes" : "no")
