#!/bin/bash
# An isolated capsule has the program's locale, set before it was opened or afterwards, by either
# side, for all that libc does inside.
. "${0%/*}/isolated.bash"

if ! command -v localedef >/dev/null || [[ ! -e /usr/share/i18n/locales/de_DE ]]; then
    skip "no localedef, or no locale sources to make a locale with a decimal comma"
fi
localedef -i de_DE -f UTF-8 ./de_DE.UTF-8 2>/dev/null || true
[[ -d de_DE.UTF-8 ]] || skip "localedef made no locale"
export LOCPATH=$scratch

inside c <<'END_OF_SOURCE'
#include <ctype.h>
#include <langinfo.h>
#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <wctype.h>
#include <wchar.h>
static char text[99];
const char *show(void) {
  wchar_t wide = 0;
  mbstate_t state = {0};
  size_t length = mbrtowc(&wide, "\303\266", 2, &state);
  snprintf(text, sizeof text, "%.1f %g %s %s %d %d %x", 1.5, strtod("2,5", NULL), localeconv()->decimal_point, nl_langinfo(CODESET), (int)MB_CUR_MAX, (int)length, towupper(wide));
  return text;
}
const char *choose(const char *name) { return setlocale(LC_ALL, name); }
END_OF_SOURCE
outside c <<'END_OF_SOURCE'
#include "begin.h"
#include <locale.h>
#include <pthread.h>
const char *show(void), *choose(const char *);
static void *start(void *none) { puts(INSIDE(show)); return NULL; }
static void show_in_both(void) {
  pthread_t t;
  puts(INSIDE(show));
  pthread_create(&t, NULL, start, NULL);
  pthread_join(t, NULL);
}
int main(int count, char **arguments) {
  if (count > 2) setlocale(LC_ALL, arguments[2]);
  begin(arguments);
  show_in_both();
  if (count == 2) {
    setlocale(LC_ALL, "de_DE.UTF-8");
    show_in_both();
    INSIDE(choose, "C");
    printf("%s %.1f %s\n", setlocale(LC_ALL, NULL), 1.5, INSIDE(show));
  }
}
END_OF_SOURCE
german='1,5 2,5 , UTF-8 6 2 d6'
plain_c='1.5 2 . ANSI_X3.4-1968 1 -1 0'
isolation_makes "$german
$german" de_DE.UTF-8
isolation_makes "$plain_c
$plain_c
$german
$german
C 1.5 $plain_c"
