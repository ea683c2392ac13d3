#!/bin/bash
# Tab completes bulkhead's command lines in bash, fish and zsh: commands, options, profiles, trees, libraries of the tree, and the
# program's own command line.
# shellcheck source=tests/install/install.bash
. "$(dirname "$0")/install.bash"

export PATH=$prefix/bin:$prefix/libexec/bulkhead:$PATH XDG_DATA_HOME=$scratch/data
mkdir -p from/usr/lib
for name in libthing.so.1 libother.so.2; do
    cc -shared -fPIC -x c - -o "from/usr/lib/$name" -Wl,-soname,"$name" <<<'int thing;'
done
cp -r from "$HOME/tree"
quietly bulkhead tree add mytree --from from --quiet

in_bash() { # WORD…: the last one is being written
    # As at a terminal, where readline's words end at =, too.
    LINE="bulkhead $*" WORDS=$(printf '%s\n' bulkhead "$@" | sed 's/^\(--[^=]*\)=\(.*\)/\1\n=\n\2/') bash --norc -c '
        for common in /usr/share/bash-completion/bash_completion; do [[ ! -r $common ]] || . "$common"; done
        . "$1/share/bash-completion/completions/bulkhead"
        mapfile -t COMP_WORDS <<<"$WORDS"
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$LINE COMP_POINT=${#LINE}
        compopt() { :; }
        _bulkhead
        printf "%s\n" "${COMPREPLY[@]}"' bash "$prefix" 2>/dev/null
}

in_fish() {
    local line
    printf -v line '%s ' bulkhead "${@:1:$#-1}"
    XDG_CONFIG_HOME=$scratch/fish fish --no-config -c "source $prefix/share/fish/vendor_completions.d/bulkhead.fish; complete -C '$line${*: -1}'" | sed 's/\t.*//'
}

# zsh completes at a terminal alone: here what its system would be told.
in_zsh() {
    zsh -f -c '
        compadd() { print -l -- $candidates }
        _files() { print files }
        _normal() { print "the command line of $words[1], word $CURRENT" }
        file=$1
        shift
        words=(bulkhead "$@") CURRENT=$(($# + 1)) PREFIX=${@[-1]}
        . $file' zsh "$prefix/share/zsh/site-functions/_bulkhead" "$@"
}

offers() { # SHELL WANTED UNWANTED WORD…
    local found
    found=$("in_$1" "${@:4}") || true
    [[ $'\n'$found$'\n' == *$'\n'"$2"$'\n'* ]] || fail "$1: 'bulkhead ${*:4}' offers no $2: $found"
    [[ -z $3 || $'\n'$found$'\n' != *$'\n'"$3"$'\n'* ]] || fail "$1: 'bulkhead ${*:4}' offers $3: $found"
}

tried=0
for shell in bash fish zsh; do
    command -v "$shell" >/dev/null || continue
    tried=$((tried + 1))
    offers "$shell" run tree r
    offers "$shell" --expose --profile run --e
    offers "$shell" gl opencl run --profile g
    offers "$shell" mytree '' run --tree my
    offers "$shell" libthing.so.1 libother.so.2 run --tree mytree --expose libt
    offers "$shell" libother.so.2,libthing.so.1 '' run --tree mytree --expose libother.so.2,libt
    offers "$shell" libthing.so.1 '' symbols --tree '~/tree' libt
    offers "$shell" native stop run --on-failure n
    offers "$shell" update add tree u
    offers "$shell" mytree '' tree remove my
    offers "$shell" capture run help ca
done
# Nothing that a shell would read as more than a word comes from a tree.
touch 'from/usr/lib/libx$(touch${IFS}here).so.1' "from/usr/lib/liby'.so.1"
for word in libx liby; do
    [[ -z $(bulkhead-complete "$prefix/bin/bulkhead" run --tree "$PWD/from" --expose "$word") ]] || fail "$word is offered"
done
# What follows the program is the program's: a command's name, and then that command's own words.
offers bash bulkhead '' run --tree mytree bulkhea
if [[ -r /usr/share/bash-completion/bash_completion ]]; then
    offers bash tree run run --tree mytree bulkhead tre
    offers bash tree run run --tree=mytree bulkhead tre
fi
if command -v fish >/dev/null; then
    offers fish bulkhead '' run --tree mytree bulkhea
    offers fish tree run run --tree mytree bulkhead tre
fi
if command -v zsh >/dev/null; then
    offers zsh "the command line of ls, word 2" '' run --tree mytree -- ls -l
fi
[[ $tried -gt 0 ]] || skip "neither bash, fish nor zsh is installed"
[[ $tried -eq 3 ]] || echo "tried in $tried of three shells: the others are not installed"
