#!/bin/bash
# libc works in each namespace, again and again: classes of characters, the locale, conversions, stdio.
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

module libworker.so.1 <<'EOF'
#include <ctype.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
int works(void) {
  wchar_t wide[4];
  char text[16];
  char *copy = strdup("x");
  sprintf(text, "%.1f", 1.5);
  free(copy);
  return isalpha('a') && !isalpha('1') && toupper('a') == 'A' && setlocale(LC_ALL, "C") &&
         strlen(nl_langinfo(CODESET)) && mbstowcs(wide, "ab", 4) == 2 && strcmp(text, "1.5") == 0;
}
EOF
for ((i = 0; i < 20; ++i)); do
    printf '%s\n' "open w + libworker.so.1 => ok" "call w works => 1" "space w => 1" "close w => ok"
done >wanted
echo "end =>" >>wanted
bulkhead_does <wanted
