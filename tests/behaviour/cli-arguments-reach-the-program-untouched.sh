#!/bin/bash
# Everything after the program's name is the program's, with or without --; argv[0] is
# the name as given; the exit status is the program's.
. "$(dirname "$0")/cli.bash"
cc -x c - -o program <<'END'
#include <stdio.h>
int main(int count, char **arguments) {
  for (int i = 0; i < count; i++) printf("<%s>", arguments[i]);
  return 7;
}
END
expected="<./program><--><--tree><x><-v><--expose=b><><a,b><[x,y]>"
said=$(run -- ./program -- --tree x -v --expose=b '' a,b '[x,y]') && fail "the status got lost"
[[ $said == "$expected" ]] || fail "$said"
said=$(run ./program -- --tree x -v --expose=b '' a,b '[x,y]') || [[ $? -eq 7 ]] || fail "another status"
[[ $said == "$expected" ]] || fail "without --: $said"
said=$(PATH=$PWD:$PATH run program) || true
[[ $said == "<program>" ]] || fail "argv[0]: $said"
