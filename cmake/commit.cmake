# Writes the source OUTPUT with bulkhead::cli::kCommit, what `bulkhead --version` says beside the number: cmake -DSOURCE=… -DOUTPUT=… -P.
# In a checkout that is the commit of git; in an archive that git made, what git wrote into commit.txt; else nothing.
file(READ ${SOURCE}/cmake/commit.txt commit)
string(STRIP "${commit}" commit)
if(commit MATCHES "Format")
  set(commit "")
  # Not a checkout of something else that this lies in.
  if(EXISTS ${SOURCE}/.git)
    execute_process(COMMAND git -C ${SOURCE} rev-parse --short=12 HEAD
      OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
endif()
if(commit)
  set(commit " (commit ${commit})")
endif()
set(text "namespace bulkhead::cli {\nextern const char kCommit[];\nconst char kCommit[] = \"${commit}\";\n}\n")
set(before "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} before)
endif()
if(NOT text STREQUAL before)
  file(WRITE ${OUTPUT} "${text}")
endif()
