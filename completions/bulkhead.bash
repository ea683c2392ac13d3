# shellcheck shell=bash
# Completion of bulkhead's command lines in bash. What there is to complete says bulkhead-complete, of the same installation.
_bulkhead() {
    local cur words cword command helper lines line at i joined
    if declare -F _get_comp_words_by_ref >/dev/null; then
        _get_comp_words_by_ref -n =: cur words cword
    else
        words=("${COMP_WORDS[@]}") cword=$COMP_CWORD cur=${COMP_WORDS[COMP_CWORD]}
    fi
    COMPREPLY=()
    command=$(type -P -- "${words[0]}") || return
    helper=$(dirname -- "$(readlink -f -- "$command")")/@libexec_from_bin@/bulkhead/bulkhead-complete
    [[ -x $helper ]] || return
    mapfile -t lines < <("$helper" "$command" "${words[@]:1:cword}")
    case ${lines[0]-} in
        :files) compopt -o default ;;
        :directories)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -d -- "${cur##--*=}")
            ;;
        :command*)
            # Its index among readline's words, which end at =, too.
            at=0
            for ((i = 0; i < ${lines[0]#:command }; ++i)); do
                joined=${COMP_WORDS[at++]}
                while [[ $joined != "${words[i]}" && at -lt ${#COMP_WORDS[@]} ]]; do joined+=${COMP_WORDS[at++]}; done
            done
            if declare -F _comp_command_offset >/dev/null; then
                # Since bash-completion 2.12, which counts as `words` does.
                _comp_command_offset "${lines[0]#:command }"
            elif declare -F _command_offset >/dev/null; then
                _command_offset "$at"
            elif ((at == COMP_CWORD)); then
                mapfile -t COMPREPLY < <(compgen -c -- "$cur")
            else
                compopt -o default
            fi
            ;;
        *)
            for line in "${lines[@]}"; do
                line=${line%%$'\t'*}
                # Where readline's words end at =, only what comes after it is replaced.
                [[ $cur != --*=* || $COMP_WORDBREAKS != *=* ]] || line=${line#--*=}
                COMPREPLY+=("$line")
            done
            ;;
    esac
}
complete -F _bulkhead bulkhead
