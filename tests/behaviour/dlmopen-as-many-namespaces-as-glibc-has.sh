#!/bin/bash
# 15 namespaces beside the program's, each with an id of its own, again and again; one more is an error. (glibc's
# tst-dlmopen3. The words for that differ.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

both fill <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include "claims.h"
#include <string.h>
#include "dlmopen-plain.h"
#ifdef PLAIN
#define LIMIT "no more namespaces available"
#else
#define LIMIT "15 capsules in a process, and all are in use"
#endif
int main(int count, char **arguments) {
  for (int round = 0; round < 10; ++round) {
    void *handles[32];
    Lmid_t spaces[32];
    int made = 0;
    while (made < 32 && (handles[made] = bh_dlmopen(LM_ID_NEWLM, arguments[1], RTLD_NOW))) {
      dlinfo(handles[made], RTLD_DI_LMID, &spaces[made]);
      for (int i = 0; i < made; ++i)
        if (spaces[i] == spaces[made] || handles[i] == handles[made]) return 2;
      ++made;
    }
    const char *said = bh_dlerror();
    if (!strstr(said, LIMIT) || bh_dlerror()) return printf("it says: %s\n", said);
    // In another order than they were made.
    for (int i = 1; i < made; i += 2)
      if (bh_dlclose(handles[i]) != 0) return 3;
    for (int i = 0; i < made; i += 2)
      if (bh_dlclose(handles[i]) != 0) return 4;
    CLAIM("made", "%d", made);
  }
}
EOF
module libsilent.so.1 <<<'int x;'
for _ in {1..10}; do echo 'made => 15'; done >wanted.txt
agree_on fill "$host/libsilent.so.1" <wanted.txt
