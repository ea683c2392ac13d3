# Completion of bulkhead's command lines in fish. What there is to complete says bulkhead-complete, of the same installation.
function __bulkhead_complete
    set -l words (commandline -opc)
    set -l last (commandline -ct)
    set -l command (command -s -- $words[1]); or return
    set -l helper (dirname -- (realpath -- $command))/../libexec/bulkhead/bulkhead-complete
    test -x $helper; or return
    set -l lines ($helper $command $words[2..-1] "$last")
    switch "$lines[1]"
        case :files
            __fish_complete_path (string replace -r -- '^--[^=]*=' '' "$last")
        case :directories
            __fish_complete_directories (string replace -r -- '^--[^=]*=' '' "$last")
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
