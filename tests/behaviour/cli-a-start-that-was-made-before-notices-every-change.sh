#!/bin/bash
# The second start of a kind goes by what the first one wrote down. Whatever that depended on is compared: where it is
# different the program gets what it would have got.
. "$(dirname "$0")/cli.bash"
compile() { cc -x c - -o "$1"; }

# A record leads to the program by its path: so one that is changed to lead to another tells whether it was used.
compile other <<'C'
#include <stdio.h>
int main(void) { puts("by the record"); return 0; }
C
compile program <<'C'
#include <stdio.h>
#include <unistd.h>
int main(int count, char **arguments) {
  if (count > 99) execv(arguments[1], arguments); // what starts programs needs nothing itself
  puts("by itself");
  return 0;
}
C
mkdir first second
cp program second/prog
cp other second/oth1
unset LD_LIBRARY_PATH
export PATH=$scratch/first:$scratch/second:$PATH
sleep 2.1 # what was changed in this moment is not compared
start() { "$bulkhead" run --tree tree --expose libthing.so.1 "$@" prog; }
records() { find "$XDG_CACHE_HOME/bulkhead/v1/starts" -type f 2>/dev/null; }
natural=$(start)
[[ $natural != "by the record" ]] || fail "the fixture says so by itself"
turn() { # the one record to the other program
    local record
    record=$(records)
    [[ $(wc -l <<<"$record") -eq 1 && -n $record ]] || fail "there is not one record: $record"
    sed -i "s|\x00r$scratch/second/prog\x00|\x00r$scratch/second/oth1\x00|" "$record"
    chmod go-w "$record"
}
used() { [[ $(start "$@") == "by the record" ]] || fail "$*: the record was not used"; }
passed_over() { # WHY COMMAND…
    local said
    said=$("${@:2}" 2>&1) || fail "$1: exit $? $said"
    [[ $said == "$natural" ]] || fail "$1: was not noticed: $said"
}
anew() { rm -f $(records); passed_over "without a record" start; turn; used; }
anew

# The program gets the same, in the same order.
whole() { env -i HOME="$HOME" "$@" A=1 PATH=/usr/bin:/bin B=2 "$bulkhead" run --tree ./tree --expose libthing.so.1 env -0 | tr '\0\n' '\n~'; }
for variables in C=3 LD_LIBRARY_PATH=/nowhere "LD_LIBRARY_PATH=/one LD_LIBRARY_PATH=/two" "GLIBC_TUNABLES=glibc.malloc.perturb=0"; do
    before=$(find home/.cache/bulkhead/v1/starts 2>/dev/null | wc -l)
    # shellcheck disable=SC2086 # several
    first=$(whole $variables)
    # shellcheck disable=SC2086
    [[ $(whole $variables) == "$first" ]] || fail "$variables: the environment differs: $first; $(whole $variables)"
    [[ $first == *LD_LIBRARY_PATH="$scratch"/home/* && $first == *B=2* ]] || fail "$variables: $first"
    [[ $(find home/.cache/bulkhead/v1/starts | wc -l) -gt $before ]] || fail "$variables: nothing was written down"
done
# Where each start could say something, nothing is written down.
before=$(find home/.cache/bulkhead/v1/starts | wc -l)
BULKHEAD_DEBUG=resolve start 2>/dev/null >&2
[[ $(find home/.cache/bulkhead/v1/starts | wc -l) -eq $before ]] || fail "a start that says something was written down"

# Words, surroundings, and who may write to the cache: nothing is changed by passing a record over.
passed_over "another option" start --private libother.so.1
passed_over "another word" start --map /nowhere=/nowhere
passed_over "-v" bash -c 'set -e; "$1" run -v --tree tree --expose libthing.so.1 prog 2>/dev/null' - "$bulkhead"
used
for name in LD_LIBRARY_PATH XDG_CONFIG_HOME XDG_DATA_HOME; do
    passed_over "$name" env "$name=$scratch/nowhere" "$bulkhead" run --tree tree --expose libthing.so.1 prog
done
rm -f $(records); start >/dev/null; turn; used
cache=$XDG_CACHE_HOME/bulkhead
chmod g+w "$cache/v1/starts"; passed_over "a directory of records that others may write to" start; chmod g-w "$cache/v1/starts"
anew
chmod o+w "$(records)"; passed_over "a record that others may write to" start
anew
entry=$(tr '\0' '\n' <"$(records)" | sed -n 's|^n/|/|p')
touch -d "2 days ago" "$entry/stamp"; passed_over "a mark that is old" start
[[ -z $(find "$entry/stamp" -mtime +0) ]] || fail "the mark was not renewed"
anew
rm "$entry/libthing.so.1"; passed_over "a shim that is gone" start
anew

# Files.
touch tree/usr/lib/libthing.so.1; passed_over "a library of the tree" start
anew
touch second/prog; passed_over "the program" start
sleep 2.1
anew
mkdir first/prog; passed_over "something before it in PATH" start; rmdir first/prog
used
cp program first/prog; passed_over "another program before it in PATH" start
[[ $natural == "$(start)" ]] || fail "the other program"
rm first/prog
anew
compile replaced <<'C'
int main(void) { return 7; }
C
mv replaced second/prog
start && fail "the program that took its place was not started"
cp program second/prog
sleep 2.1
anew

# Of scripts, who interprets them.
printf '#!/usr/bin/env interp\n' >second/script
cp program second/interp
chmod +x second/script
sleep 2.1
script() { "$bulkhead" run --tree tree --expose libthing.so.1 -- script; }
rm -f $(records)
passed_over "a script" script
sed -i "s|\x00r$scratch/second/script\x00|\x00r$scratch/second/./oth1\x00|; s|second/./oth1|second/oth1|" "$(records)"
[[ $(script) == "by the record" ]] || fail "the record of a script was not used"
printf '#!/usr/bin/env program\n' >second/script
cp program second/program
passed_over "another interpreter" script
printf '#!/usr/bin/env interp\n' >second/script
sleep 2.1
passed_over "the first one again" script
cp program first/interp
passed_over "another interpreter of that name" script

# A record that nobody wrote for a month goes when shims are made.
old=$(records | sed -n 1p)
touch -d "40 days ago" "$old"
start --map /another=/one >/dev/null
[[ ! -e $old && -n $(records) ]] || fail "an old record is left: $(records)"
