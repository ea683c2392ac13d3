#!/bin/bash
# A file that can be read to its middle only is left out of a copy, as one that cannot be opened is, and that is said, also
# with --quiet. Of its other name the same holds.
. "$(dirname "$0")/cli.bash"
unset XDG_DATA_HOME
command -v strace >/dev/null || skip "strace is not installed"
strace -qq -o /dev/null true 2>/dev/null || skip "strace is not allowed here"
mkdir src
head -c 1000000 /dev/zero >src/broken
ln src/broken src/other
echo whole >src/whole
strace -f -qq -o /dev/null -P "$PWD/src/broken" -P "$PWD/src/other" -e trace=ioctl,copy_file_range,read -e inject=ioctl:error=EOPNOTSUPP \
    -e inject=copy_file_range:error=EXDEV -e inject=read:error=EIO:when=2+ "$bulkhead" tree add mine --from src -q 2>said.txt ||
    fail "add: $(<said.txt)"
for name in broken other; do
    grep -q "^bulkhead: warning: left out: $PWD/src/$name: Input/output error" said.txt || fail "$name: $(<said.txt)"
done
[[ $(ls "$("$bulkhead" tree path mine)") == whole ]] || fail "there are $(ls -l "$("$bulkhead" tree path mine)")"
