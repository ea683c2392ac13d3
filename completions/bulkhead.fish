# Completion of bulkhead's command lines in fish. What there is to complete says bulkhead-complete, of the same installation.
function __bulkhead_complete
    set -l words (commandline -opc)
    set -l last (commandline -ct)
    set -l command (command -s -- $words[1]); or return
    set -l helper (dirname -- (realpath -- $command))/@libexec_from_bin@/bulkhead/bulkhead-complete
    test -x $helper; or return
    set -l lines ($helper $command $words[2..-1] "$last")
    # Of --option=path the path is completed, and the whole word offered.
    set -l option (string match -r -- '^--[^=]*=' "$last")
    set -l path (string replace -r -- '^--[^=]*=' '' "$last")
    switch "$lines[1]"
        case :files
            printf "$option%s\n" (__fish_complete_path "$path")
        case :directories
            printf "$option%s\n" (__fish_complete_directories "$path")
        case ':command *'
            set -l at (math 1 + (string replace ':command ' '' -- $lines[1]))
            set -l before
            test $at -gt (count $words); or set before (string escape -- $words[$at..-1])
            complete -C (string join ' ' -- $before (string escape -n -- "$last"))
        case '*'
            printf '%s\n' $lines
    end
end
complete -c bulkhead -f -a '(__bulkhead_complete)'
