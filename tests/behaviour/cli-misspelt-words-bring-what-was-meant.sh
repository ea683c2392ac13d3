#!/bin/bash
# A word that is no command, or no option, is named with what was probably meant.
. "$(dirname "$0")/cli.bash"
refused 125 "rn: there is no such command; did you mean run?" -- "$bulkhead" rn
refused 125 "xyzzy: there is no such command; there are: run, preload" -- "$bulkhead" xyzzy
refused 125 "--tre: run has no such option; did you mean --tree?" -- "$bulkhead" run --tre /
refused 125 "--expos: explain has no such option; did you mean --expose?" -- "$bulkhead" explain --tree=/ --expos=libthing.so.1 -- ./program --tre
refused 125 "--xyzzy: doctor has no such option; there are: " -- "$bulkhead" doctor --xyzzy
# Of the program's own options nothing is said.
"$bulkhead" run --tree tree --expose libthing.so.1 -- ./program --tre
