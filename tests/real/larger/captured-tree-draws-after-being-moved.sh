#!/bin/bash
# What "bulkhead capture" made of a tree draws as the tree does: moved, renamed, and with the tree out of sight.
. "$(dirname "$0")/../lib.sh"
need glxinfo vulkaninfo
start_x
unshare -Urm true 2>/dev/null || skip "no mount namespace can be made here"

expected="Mesa $(tree_version libgl1-mesa-dri)"
natively_gl=$("$bulkhead" run --tree "$tree" --profile gl -- glxinfo -B) || fail "glxinfo with the tree itself: $?"
natively_vulkan=$("$bulkhead" run --tree "$tree" --profile gl -- vulkaninfo --summary) || fail "vulkaninfo with the tree itself: $?"
[[ $natively_gl == *"$expected"* ]] || fail "the tree's driver is not $expected: $natively_gl"

said=$("$bulkhead" capture --tree "$tree" --profile gl -o "$scratch/gl") || fail "capture: $? $said"
[[ $said == *" libraries, "*" MB"$'\n'"bulkhead run --tree $scratch/gl --profile gl -- PROGRAM" ]] || fail "capture said: $said"
# All that the plan with the tree loads is in it, and all of it can be used.
"$bulkhead" doctor --tree "$scratch/gl" >"$scratch/doctor" || fail "doctor: $(<"$scratch/doctor")"
! grep -q incomplete "$scratch/doctor" || fail "something is missing: $(<"$scratch/doctor")"
mkdir -p "$scratch/somewhere else"
mv "$scratch/gl" "$scratch/somewhere else/drivers of trixie"
moved="$scratch/somewhere else/drivers of trixie"

# What changes from one moment to the next.
steady() { grep -v ' memory' <<<"$1"; }

# The tree is out of sight, and so are the caches.
out_of_sight() {
    mount -t tmpfs none "$tree"
    [[ ! -e $tree/usr ]]
    exec "$bulkhead" run --no-cache --tree "$moved" --profile gl -- "$@"
}
export -f out_of_sight
export bulkhead tree moved
captured() { unshare -Urm bash -euc 'out_of_sight "$@"' bash "$@"; }

output=$(captured glxinfo -B) || fail "glxinfo with the captured tree: $? $output"
[[ $(steady "$output") == "$(steady "$natively_gl")" ]] || fail "glxinfo differs: $(diff <(steady "$natively_gl") <(steady "$output"))"
output=$(captured vulkaninfo --summary) || fail "vulkaninfo with the captured tree: $? $output"
[[ $output == "$natively_vulkan" ]] || fail "vulkaninfo differs: $(diff <(echo "$natively_vulkan") <(echo "$output"))"
