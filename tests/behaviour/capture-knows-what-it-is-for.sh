#!/bin/bash
# A profile names some plugins of a directory: a captured tree has the others, too, with what they need. It knows what it was captured for: `bulkhead run` needs
# no more than the tree, wherever it lies, and sets the profile's variables. What is said on the command line comes first.
. "${0%/*}/lib.sh"

mkdir -p "$libs/plugins" "$HOME/.config/bulkhead/profiles"
unset XDG_CONFIG_HOME
cat >"$HOME/.config/bulkhead/profiles/player.toml" <<'END'
expose = ["libplayer.so.1"]
plugins = ["/usr/lib/plugins/first.so"]
map = ["/usr/lib/plugins"]
[environment]
PLAYER_CACHE = "a file"
END
library libneeded.so.1 <<<'int needed(void) { return 7; }'
at=$libs/plugins library first.so <<<'int play(void) { return 1; }'
at=$libs/plugins library second.so "$libs/libneeded.so.1" <<<'int needed(void); int play(void) { return needed(); }'
library libplayer.so.1 <<'END'
#include <dlfcn.h>
#include <stdlib.h>
#include "claims.h"
void player(void) {
  const char* cache = getenv("PLAYER_CACHE");
  for (int i = 0; i < 2; ++i) {
    void* plugin = dlopen(i ? "/usr/lib/plugins/second.so" : "/usr/lib/plugins/first.so", RTLD_NOW);
    CLAIM(i ? "second" : "first", "%d", plugin ? ((int (*)(void))dlsym(plugin, "play"))() : 0);
  }
  CLAIM("cache", "%s", cache ? cache : "none");
}
END
library libother.so.1 <<<'int other(void) { return 1; }'
# It opens what it plays with, so that nothing else would choose for it.
program main <<'END'
#include <dlfcn.h>
#include <stdio.h>
int main(void) {
  void* library = dlopen("libplayer.so.1", RTLD_NOW);
  if (library == NULL) return puts(dlerror()), 1;
  ((void (*)(void))dlsym(library, "player"))();
}
END

cat >played.txt <<'END'
first => 1
second => 7
cache => a file
END
hold played.txt "$bulkhead" run --tree "$tree" --profile player -- ./main
"$bulkhead" capture --tree "$tree" --profile player -o copy 2>said.txt || fail "capture ended with $?: $(<said.txt)"
[[ ! -s said.txt ]] || fail "capture said: $(<said.txt)"
mkdir elsewhere
mv copy elsewhere/moved
mv "$tree" gone
hold played.txt "$bulkhead" run --tree elsewhere/moved -- ./main
grep -q -- '--profile player (for which it was captured)' stderr || fail "run said: $(<stderr)"
mv gone "$tree"

"$bulkhead" capture --tree "$tree" --expose libother.so.1 -o other 2>said.txt || fail "capture ended with $?: $(<said.txt)"
"$bulkhead" run --tree other -- ./main >out.txt 2>said.txt && fail "it plays without a library: $(<out.txt)"
grep -q -- '--expose libother.so.1 (for which it was captured)' said.txt || fail "run said: $(<said.txt)"

# A manifest that somebody broke says nothing.
echo '{ "asked_for": [ 3 ]' >other/bulkhead-capture.json
"$bulkhead" run --tree other -- ./main >out.txt 2>said.txt && fail "it plays without a library: $(<out.txt)"
! grep -q captured said.txt || fail "run said: $(<said.txt)"
