#!/bin/bash
# A stream that the program opened, or its standard output, can be read and written inside an isolated
# capsule, also while other threads use it: it is locked as one.
. "${0%/*}/isolated.bash"

inside c <<'END_OF_SOURCE'
#include <stdio.h>
void say(FILE *to) { fprintf(to, "inside %d ", 5); }
char *line(FILE *from, char *text) { return fgets(text, 99, from); }
int letter(FILE *from) { int c = getc(from); ungetc(c, from); return c; }
void *letters(void *to) { for (int i = 0; i < 3000; i++) { fputs("ab", to); putc('c', to); } return NULL; }
END_OF_SOURCE
outside c <<'END_OF_SOURCE'
#include "begin.h"
#include <pthread.h>
void say(FILE *), *letters(void *);
char *line(FILE *, char *);
int letter(FILE *);
int main(int count, char **arguments) {
  char text[99];
  begin(arguments);
  printf("outside ");
  INSIDE(say, stdout);
  FILE *file = tmpfile();
  fputs("first\nsecond\n", file);
  rewind(file);
  printf("%c ", INSIDE(letter, file));
  INSIDE(line, file, text);
  printf("%.5s ", text);
  printf("%s", fgets(text, 99, file));
  pthread_t threads[2];
  FILE *many = fopen("many", "w");
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, inside("letters"), many);
  for (int i = 0; i < 3000; i++) fputs("abc", many);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  printf("%ld\n", ftell(many));
}
END_OF_SOURCE
expect "outside inside 5 f first second
27000" ./main isolated
