#!/bin/bash
# A user's variables name files of this system (VK_DRIVER_FILES), where the capsule reads the tree's. Which file such a path means is said in one line, at the first
# start and at each that finds the shims in the cache; and that a variable which a profile would set stays as the user has it.
. "${0%/*}/lib.sh"

icds=/usr/share/vulkan/icd.d
mkdir -p "$tree$icds" "$HOME/.config/bulkhead/profiles"
unset XDG_CONFIG_HOME VK_DRIVER_FILES VK_ICD_FILENAMES
echo '{}' >"$tree$icds/its_icd.json"
echo 'int number(void) { return 1; }' | library libvulkan.so.1
program ends "$libs/libvulkan.so.1" <<<'int number(void); int main(void) { return number() - 1; }'
cat >"$HOME/.config/bulkhead/profiles/mine.toml" <<'END'
expose = ["libvulkan.so.1"]
path-variables = ["MY_FILES"]
[environment]
MY_CACHE = "$CACHE/file"
END

said() { # TEXT VARIABLE… of a start, which says nothing else
    local text=$1 time
    shift
    for time in first second; do
        env "$@" "$bulkhead" run --tree "$tree" --profile "$profile" -- ./ends 2>"$scratch/said" || fail "$* ends with $?: $(<"$scratch/said")"
        [[ $(<"$scratch/said") == $text ]] || fail "the $time start with $* said: $(<"$scratch/said")"
    done
}

profile=vulkan
said ''
said '' VK_DRIVER_FILES=
said "bulkhead: note: VK_DRIVER_FILES means $tree$icds/its_icd.json" VK_DRIVER_FILES=$icds/its_icd.json
said "bulkhead: note: VK_DRIVER_FILES means $tree$icds/its_icd.json; means this system's /opt/x.json; means $tree$icds/other.json, which is not there: \
name it as the tree has it" VK_DRIVER_FILES=/opt/x.json:$icds/other.json:$icds/its_icd.json
said "bulkhead: note: VK_DRIVER_FILES means its_icd.json of the tree" VK_DRIVER_FILES=its_icd.json

profile=mine
said ''
said "bulkhead: note: MY_CACHE is set already, and stays: a profile would set it to $HOME/.cache/bulkhead/trees/*/file" \
    MY_CACHE=/elsewhere
said "bulkhead: note: MY_FILES means this system's $icds/its_icd.json" MY_FILES=$icds/its_icd.json
