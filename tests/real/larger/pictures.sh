# shellcheck shell=bash
# For scripts that compare what a program draws on the tree with what it draws natively. PICTURES names a
# directory in which both pictures are left as PNG files.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
need /usr/bin/python3

# Stops a program at its frame $hold_at, where it is photographed; a frame is a call of $hold_by. With hold_time=yes it
# knows neither time nor chance.
hold=$scratch/hold.so
cc -shared -fPIC -O1 -Wall -Wextra -Werror -o "$hold" "$here/larger/hold.c"

# The screen as it is when it has not changed for half a second, in which the program did nothing either.
photograph() { # FILE [PID]
    local tries used
    for ((tries = 0; tries < 60; tries++)); do
        cp "$scratch/Xvfb_screen0" "$1"
        used=$(time_used "${2:-}")
        sleep 0.5
        # In hundredths of a second: some look round now and then.
        (($(time_used "${2:-}") - used > 2)) || ! cmp -s "$scratch/Xvfb_screen0" "$1" || return 0
    done
    fail "the screen does not come to rest"
}

time_used() { # [PID]
    [[ -n $1 ]] || { echo 0; return; }
    sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'
}

# Waits for the frame $hold_at; or, for a program that draws once and waits, until something is on the screen.
wait_for_frame() { # PID
    local tries
    for ((tries = 0; tries < 300; tries++)); do
        kill -0 "$1" 2>/dev/null || fail "the program ended before it was photographed: $(<"$scratch/output")"
        if [[ -n ${hold_at:-} ]]; then
            [[ ! -e $scratch/held ]] || return 0
        else
            cmp -s "$scratch/Xvfb_screen0" "$scratch/blank" || return 0
        fi
        sleep 0.1
    done
    fail "the program showed nothing in half a minute: $(<"$scratch/output")"
}

# Runs "natively" or "on_tree OPTION…", photographs the program and ends it.
picture_of() { # FILE COMMAND… -- PROGRAM ARGUMENT…
    local pid
    rm -f "$scratch/held"
    # The pid is to be the program's.
    under=exec preload=${hold_at:+$hold} HOLD_BY=${hold_by:-} HOLD_AT=${hold_at:-} HOLD_TIME=${hold_time:-} \
        HOLD_FILE=$scratch/held "${@:2}" >"$scratch/output" 2>&1 &
    pid=$!
    children+=("$pid")
    wait_for_frame "$pid"
    photograph "$1" "$pid"
    # The observer notices SIGTERM whatever the program does about it. SDL would ask the program to end.
    if [[ $2 == natively ]]; then kill -KILL "$pid"; else kill "$pid"; fi
    wait "$pid" 2>/dev/null || true
    [[ -z ${PICTURES:-} ]] ||
        /usr/bin/python3 "$here/larger/pictures.py" --png "$1" "$PICTURES/$(basename "$0" .sh)-${1##*/}.png"
}

natively() { # -- PROGRAM ARGUMENT…
    LD_PRELOAD=$preload exec "${@:2}"
}

# Both pictures of a program, with the tree's libraries named by OPTIONs, must be the same, and the libraries in_use
# the tree's. An empty screen must not pass for the program's.
draws_the_same() { # OPTION… -- PROGRAM ARGUMENT…
    local arguments=("$@")
    while [[ $1 != -- ]]; do shift; done
    photograph "$scratch/blank"
    picture_of "$scratch/tree" on_tree "${arguments[@]}"
    mv "$scratch/output" "$scratch/output-on-tree"
    # shellcheck disable=SC2154 # the tests set it
    check_segregated "$2" "${in_use[@]}"
    picture_of "$scratch/native" natively "$@"
    /usr/bin/python3 "$here/larger/pictures.py" "$scratch"/{blank,native,tree} ||
        fail "$2 draws something else on the tree"
    ! /usr/bin/python3 "$here/larger/pictures.py" "$scratch"/{blank,native,blank} >/dev/null ||
        fail "an empty screen passes for what $2 draws"
}
