#!/bin/bash
# What cannot be opened is an error that bh_dlerror tells once, to the thread and the side that asked;
# nothing is left of it, and the same works when its cause is gone. (glibc's tst-dlmopen-dlerror,
# tst-dlsym-error, nodlopen, tst-dlopen-pie, tst-dlopenfail, tst-dlopenfail-2, failobj, errmsg1.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

module libsound.so.1 <<'EOF'
#include <stdio.h>
__attribute__((constructor)) static void begin(void) { dprintf(1, "sound+ "); }
__attribute__((destructor)) static void end(void) { dprintf(1, "sound- "); }
int f(void) { return 7; }
EOF
module libgoes.so.1 <<<'int gone(void) { return 1; }'
module libneeds.so.1 -Wl,--no-as-needed "$host/libsound.so.1" "$host/libgoes.so.1" '-Wl,-rpath,$ORIGIN' <<'EOF'
int gone(void);
int g(void) { return gone(); }
EOF
module liblacks.so.1 -Wl,--no-as-needed "$host/libsound.so.1" '-Wl,-rpath,$ORIGIN' <<'EOF'
int nowhere(void);
int h(void) { return nowhere(); }
EOF
module libnoopen.so.1 -Wl,-z,nodlopen <<<'int n(void) { return 1; }'
module libthreadlocal.so.1 <<'EOF'
__thread int mine;
EOF
module libwantsthreadlocal.so.1 "$host/libthreadlocal.so.1" '-Wl,-rpath,$ORIGIN' <<'EOF'
extern __thread int mine;
int take(void) { return ++mine; }
EOF
program pie -pie -fPIE <<<'int main(void) { return 0; }'
echo "no library at all" >"$host/text.so"
head -c 100 "$host/libsound.so.1" >"$host/short.so"
rm "$host/libgoes.so.1"

both_do <<'EOF'
open a + libsound.so.1    => sound+ ok
error                     => nothing
open b a absent.so        => error
error                     => absent.so: cannot open shared object file: No such file or directory
error                     => nothing
open b a libneeds.so.1    => error
error                     => libgoes.so.1: cannot open shared object file: No such file or directory
open b + libneeds.so.1    => error
open b a liblacks.so.1    => error
error                     => liblacks.so.1: undefined symbol: nowhere
open b a libnoopen.so.1   => error
error                     => libnoopen.so.1: shared object cannot be dlopen()ed
open b a text.so          => error
open b a short.so         => error
open b a =                => error
call a absent             => none
error                     => libsound.so.1: undefined symbol: absent
call a f                  => 7
error                     => nothing
open b a libsound.so.1    => ok
close b                   => ok
close a                   => sound- ok
open b + libsound.so.1    => sound+ ok
close b                   => sound- ok
end                       =>
EOF

# Lazily bound, a missing function is missed when it is called.
both_do <<'EOF'
open b + liblacks.so.1 lazy  => sound+ ok
call b f                     => 7
close b                      => sound- ok
end                          =>
EOF

# The cause goes, and it works.
module libgoes.so.1 <<<'int gone(void) { return 1; }'
both_do <<'EOF'
open b + libneeds.so.1  => sound+ ok
call b g                => 1
call b f                => 7
close b                 => sound- ok
end                     =>
EOF

# What failed is not held: a failed opening of two that need a third one unloads that.
rm "$host/libgoes.so.1"
both_do <<'EOF'
open w + libwantsthreadlocal.so.1  => ok
open b w libneeds.so.1             => error
loaded w libsound.so.1             => no
open l w liblacks.so.1             => error
loaded w libsound.so.1             => no
call w take                        => 1
end                                =>
EOF

# Executables cannot be opened.
cp pie "$host/pie"
both_do <<'EOF'
open a + pie  => error
end           =>
EOF

# Modes and namespaces that there are not.
both modes <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include "dlmopen-plain.h"
static const char *file;
static void *other_thread(void *unused) { return bh_dlerror(); }
static void attempt(const char *what, long space, int mode) {
  void *handle = bh_dlmopen(space, file, mode);
  const char *said = bh_dlerror();
  printf("%s: %s\n", what, handle ? "opened" : said && *said ? "error" : "no words");
}
int main(int count, char **arguments) {
  file = arguments[1];
  setvbuf(stdout, 0, _IONBF, 0);
  attempt("no mode", LM_ID_NEWLM, 0);
  attempt("base, no mode", LM_ID_BASE, 0);
  attempt("namespace 9", 9, RTLD_NOW);
  attempt("namespace -7", -7, RTLD_NOW);
  attempt("namespace 400", 400, RTLD_NOW);
  file = 0;
  attempt("no file, base", LM_ID_BASE, RTLD_NOW);
#ifndef PLAIN
  // The difference: plain dlmopen makes of it what dlopen does, or crashes.
  attempt("no file", LM_ID_NEWLM, RTLD_NOW);
#else
  puts("no file: error");
#endif
  file = arguments[1];
  // A message is its thread's.
  bh_dlmopen(LM_ID_NEWLM, "/absent.so", RTLD_NOW);
  pthread_t thread;
  void *said;
  pthread_create(&thread, 0, other_thread, 0);
  pthread_join(thread, &said);
  printf("elsewhere: %s\n", said ? (char *)said : "nothing");
  printf("here: %s\n", strstr(bh_dlerror(), "/absent.so") ? "told" : "not");
  // dlsym's handles.
  void *handle = bh_dlmopen(LM_ID_NEWLM, file, RTLD_NOW);
  dlsym(handle, "absent");
  printf("dlsym: %s\n", strstr(bh_dlerror(), "undefined symbol: absent") ? "told" : "not");
  dlvsym(handle, "f", "VERSION_9");
  printf("dlvsym: %s\n", strstr(bh_dlerror(), "undefined symbol: f, version VERSION_9") ? "told" : "not");
  dlsym(handle, "absent");
  printf("dlsym: %s\n", dlsym(handle, "f") && !bh_dlerror() ? "forgotten" : "told");
}
EOF
agree "no mode: error
base, no mode: error
namespace 9: error
namespace -7: error
namespace 400: error
no file, base: opened
no file: error
elsewhere: nothing
here: told
sound+ dlsym: told
dlvsym: told
dlsym: forgotten
sound- " modes "$host/libsound.so.1"

# Errors inside the namespace are told there, in ld.so's words; the program's own are not touched.
module libasks.so.1 <<'EOF'
#include <dlfcn.h>
#include <string.h>
static const char *said;
int ask(void) {
  if (dlopen("libabsent.so.9", RTLD_NOW)) return 1;
  said = dlerror();
  if (!said || !strstr(said, "libabsent.so.9: cannot open shared object file: No such file or directory")) return 2;
  return dlerror() ? 3 : 0;
}
int leave_one(void) { return dlopen("libabsent.so.9", RTLD_NOW) != 0; }
int take_it(void) { said = dlerror(); return said && strstr(said, "libabsent.so.9") != 0; }
EOF
both_do_since 2.34 <<'EOF'
open a + libasks.so.1    => ok
call a ask               => 0
error                    => nothing
open b a absent.so       => error
call a ask               => 0
end                      =>
EOF

# The difference: a message that was not fetched is the thread's, not the namespace's, as there is one libc.
kept() { # BY
    cat <<EOF
open a + libasks.so.1    => ok
call a leave_one         => 0
open b a libasks.so.1    => ok
call a take_it           => $1
end                      =>
EOF
}
! glibc_at_least 2.34 || kept 1 | plain_does
kept 0 | bulkhead_does
