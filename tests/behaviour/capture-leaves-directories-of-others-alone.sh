#!/bin/bash
# "bulkhead capture" makes its tree in a new directory: it neither empties nor publishes one that somebody else has put beside the
# tree's place, and it follows no link there.
. "${0%/*}/lib.sh"

library libone.so.1 <<<'int one(void) { return 1; }'
mkdir "$tree/data"
capture() { "$bulkhead" capture --tree "$tree" --expose libone.so.1 "$@"; }
unhurt() { [[ -e $1/precious ]] || fail "$1/precious is gone"; }

# Names that may have been foreseen: of directories that others may write to, or that are others'; of links to a directory of the user's.
mkdir victim
for each in '' -abcdef -a -abcdef.bulkhead-capture-abcdef; do mkdir -m 0777 ".copy.bulkhead-capture$each"; touch ".copy.bulkhead-capture$each/precious"; done
chmod 755 .copy.bulkhead-capture-a .copy.bulkhead-capture-abcdef.bulkhead-capture-abcdef  # not of this name
ln -s ../victim .copy.bulkhead-capture/usr
ln -s "$PWD/victim" .copy.bulkhead-capture-ghijkl
touch victim/precious
others=(.copy.bulkhead-capture{,-abcdef,-a,-abcdef.bulkhead-capture-abcdef} victim)
if [[ $(id -u) == 0 ]]; then
    mkdir .copy.bulkhead-capture-mnopqr && touch .copy.bulkhead-capture-mnopqr/precious && chown -R 65534 .copy.bulkhead-capture-mnopqr
    others+=(.copy.bulkhead-capture-mnopqr)
fi
umask 027
capture -o copy >said.txt || fail "exit $?"
for each in "${others[@]}"; do unhurt "$each"; done
[[ -L .copy.bulkhead-capture-ghijkl && ! -e copy/precious && $(stat -c '%u %a' copy) == "$(id -u) 750" ]] || fail "copy is another's: $(ls -ld copy)"
rm -rf copy .copy.*

# Where others may move things about, one of the user's directories may have got such a name.
mkdir -m 0777 open && mkdir open/.copy.bulkhead-capture-abcdef && touch open/.copy.bulkhead-capture-abcdef/precious
chmod 0777 open
capture -o open/copy >said.txt || fail "exit $?"
unhurt open/.copy.bulkhead-capture-abcdef
chmod +t open
capture --force -o open/copy >said.txt || fail "exit $?"
[[ -z $(find open -name '.*bulkhead-capture*') ]] || fail "what was left behind in a directory like /tmp stayed"

# Exchanged while it is filled: it is not put into place, nor is anything removed by its name.
truncate -s 20G "$tree/data/endless"
"$bulkhead" capture --tree "$tree" --expose libone.so.1 --include /data -o copy 2>stderr.txt &
for ((i = 0; i < 200; ++i)); do ! compgen -G '.copy.bulkhead-capture-*/data/endless' >/dev/null || break; sleep 0.05; done
kill -STOP $!
made=$(compgen -G '.copy.bulkhead-capture-*') || fail "nothing is made: $(<stderr.txt)"
[[ $(stat -c %a "$made") == 700 ]] || fail "others may look into $made: $(ls -ld "$made")"
mv "$made" moved && cp -r open/copy "$made" && touch "$made/precious"
truncate -s 1 "$tree/data/endless"  # it ends after all
kill -CONT $!
status=0; wait $! || status=$?
[[ $status == 125 && $(<stderr.txt) == *"$made: is not there any more, or is another"* ]] || fail "exit $status: $(<stderr.txt)"
unhurt "$made"
[[ ! -e copy && -z $(ls -A moved) ]] || fail "$(ls -lA . moved)"
