# shellcheck shell=bash
# What the walks of tests/real/roles share. Each is what a user of one kind does, from an installed bulkhead to the picture,
# in at most five commands, marked "# 1." to "# 5."; the rest builds the place where that user is, and looks at
# what came of it. BUILD names the build tree that is installed from, build/ if it is not set.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

installed=$scratch/installed
cmake --install "${BUILD:-$here/../../build}" --prefix "$installed" >/dev/null || fail "bulkhead cannot be installed"

# A tree with these packages that a container can have as its root.
root_of() { # SUITE PACKAGE…
    local root place
    root=$(HOME=$home_before "$here/trees" "$1" libc6 dash coreutils "${@:2}") || return
    # What a container mounts something on.
    for place in proc dev tmp run root opt nix; do mkdir -p "$root/$place"; done
    realpath "$root"
}

# Runs a command in a container with that root, in which bulkhead is installed in /opt/bulkhead and is in PATH.
container() { # ROOT OPTION… -- COMMAND…
    bwrap --ro-bind "$1" / --proc /proc --dev /dev --tmpfs /tmp --tmpfs /run --tmpfs /root --tmpfs /opt \
        --ro-bind "$installed" /opt/bulkhead --bind /tmp/.X11-unix /tmp/.X11-unix \
        --setenv PATH /opt/bulkhead/bin:/usr/games:/usr/bin:/bin --setenv HOME /root --unshare-pid --die-with-parent "${@:2}"
}

need_containers() {
    need bwrap
    bwrap --ro-bind / / --unshare-pid true 2>/dev/null ||
        skip "bubblewrap cannot make a container here: $(bwrap --ro-bind / / --unshare-pid true 2>&1)"
}

# That the program is drawing gears, of which one is red, one green and one blue, with that version of Mesa; then ends it.
draws_gears() { # VERSION COMMAND…
    local pid tries status=0 version=$1
    shift
    cp "$scratch/Xvfb_screen0" "$scratch/blank"
    "$@" >"$scratch/output" 2>&1 &
    pid=$!
    children+=("$pid")
    for ((tries = 0; tries < 300; tries++)); do
        ! /usr/bin/python3 "$here/roles/gears.py" "$scratch/Xvfb_screen0" || break
        kill -0 "$pid" 2>/dev/null || { wait "$pid" || status=$?; fail "ended with $status: $* : $(<"$scratch/output")"; }
        sleep 0.1
    done
    ((tries < 300)) || fail "no gears on the screen in half a minute: $(<"$scratch/output")"
    kill "$pid"
    wait "$pid" 2>/dev/null || true
    grep -q "GL_VERSION *=.* Mesa $version" "$scratch/output" || fail "another driver than Mesa $version: $(<"$scratch/output")"
    # The window is gone with its program.
    for ((tries = 0; tries < 100; tries++)); do
        ! /usr/bin/python3 "$here/roles/gears.py" "$scratch/Xvfb_screen0" || { sleep 0.1; continue; }
        return 0
    done
    fail "the gears stay on the screen"
}
