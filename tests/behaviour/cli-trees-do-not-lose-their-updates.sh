#!/bin/bash
# A tree of packages that has its suite's updates and security fixes is not renewed without them when these cannot be had for
# once; it stays as it was. A new one is made without, and that is said, also with --quiet. (Of apt there is a make-believe one.)
. "$(dirname "$0")/cli.bash"
unset XDG_DATA_HOME
for tool in apt-get apt-config apt-cache dpkg dpkg-deb; do
    command -v "$tool" >/dev/null || skip "$tool is not installed"
done
[[ -r /etc/os-release ]] && . /etc/os-release
[[ -n ${VERSION_CODENAME:-} && -r /usr/share/keyrings/$ID-archive-keyring.gpg ]] || skip "this system's apt has no keyring of its own"

mkdir -p tools package/DEBIAN
export HERE=$PWD SUITE=$VERSION_CODENAME
cat >tools/apt-get <<'END'
#!/bin/bash
sources=$(dirname "$APT_CONFIG")/sources.list
case "$*" in
    indextargets*)
        printf 'http://nowhere.invalid/%s main\n' "debian $SUITE" "debian $SUITE-updates" "security $SUITE-security" ;;
    *update*)
        [[ ! -e $HERE/no-updates ]] || ! grep -q -- '-security main' "$sources" ||
            { echo "E: Failed to fetch http://nowhere.invalid/security  Temporary failure" >&2; exit 100; } ;;
    *--print-uris*)
        version=1; grep -q -- -security "$sources" && version=2
        [[ ! -e $HERE/newer ]] || version=$((version * 10))
        echo "'file:$HERE/libc-bin.deb' libc-bin_${version}_all.deb 100 SHA256:0" ;;
esac
END
printf '#!/bin/sh\nexit 0\n' >tools/apt-cache
chmod +x tools/*
printf 'Package: libc-bin\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@nowhere.invalid>\nDescription: nothing\n' >package/DEBIAN/control
mkdir -p package/usr/lib
cp tree/usr/lib/libthing.so.1 package/usr/lib
dpkg-deb --root-owner-group -b package libc-bin.deb >/dev/null || skip "dpkg-deb makes no package here"
export PATH=$PWD/tools:$PATH
manifest=$HOME/.local/share/bulkhead/trees/mine/manifest.json
has_updates() { grep -q -- '-security main' "$manifest" && [[ $(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["packages"])' "$manifest") == *2* ]]; }

"$bulkhead" tree add mine --packages libc-bin --suite "$SUITE" -q 2>said.txt || fail "add: $(<said.txt)"
[[ ! -s said.txt ]] && has_updates || fail "the fixture: $(<said.txt)"
touch newer no-updates
refused 125 "with its updates and security fixes" "Temporary failure" -- "$bulkhead" tree update mine
has_updates || fail "they are gone"
rm no-updates
"$bulkhead" tree update mine -q || fail "update"
has_updates || fail "after update"

# Without from the beginning.
"$bulkhead" tree remove mine
touch no-updates
"$bulkhead" tree add mine --packages libc-bin --suite "$SUITE" -q 2>said.txt || fail "add without: $(<said.txt)"
[[ $(wc -l <said.txt) == 1 ]] && grep -q '^bulkhead: warning: mine: without its updates and security fixes, which cannot be had: .*Temporary' said.txt ||
    fail "$(<said.txt)"
rm newer
"$bulkhead" tree update mine 2>said.txt || fail "update without: $(<said.txt)"
grep -q 'made anew' said.txt || fail "$(<said.txt)"
rm no-updates
"$bulkhead" tree update mine 2>said.txt || fail "update with: $(<said.txt)"
has_updates || fail "they do not come: $(<said.txt)"
