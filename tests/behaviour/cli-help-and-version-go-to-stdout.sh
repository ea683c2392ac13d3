#!/bin/bash
# --help of the command and of each subcommand, and --version, end with 0 on stdout. The lines of examples are whole.
. "$(dirname "$0")/cli.bash"
[[ $("$bulkhead" --version) == "bulkhead "[0-9]* ]] || fail "--version"
for command in "" run explain shim symbols doctor; do
    # shellcheck disable=SC2086 # nothing, or one word
    said=$("$bulkhead" $command --help 2>stderr) || fail "$command --help ended with $?"
    [[ $said == *'Usage: bulkhead'*$'\nExamples:\n  bulkhead '* && ! -s stderr ]] || fail "$command --help: $said"
done
