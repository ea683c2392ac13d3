# A directory of shims, made when the project is built.
#
#   bulkhead_add_shim(NAME <target>
#                     TREE <directory> | CONFIG <file>
#                     [EXPOSE <library>...] [PROFILE <profile>...]
#                     [SHARE <library>...] [PRIVATE <library>...] [MAP <from[=to]>...]
#                     [STRICT [PERMIT <path>...]]
#                     [OUTPUT_DIRECTORY <directory>]
#                     [PORTABLE]
#                     [DEPENDS <file or target>...])
#
# Adds the target <target>, part of `all`, which runs `bulkhead shim` with these options. A program
# that is started with the directory in LD_LIBRARY_PATH, or was linked with it as DT_RUNPATH, gets
# the exposed libraries out of the tree; see bulkhead(1).
#
#   NAME              the target; its property BULKHEAD_SHIM_DIRECTORY is the directory
#   TREE              of the other system; a relative path counts from CMAKE_CURRENT_SOURCE_DIR
#   CONFIG            a file as for `bulkhead run --config`, in place of TREE; likewise. The other
#                     options then are for its one capsule
#   EXPOSE … MAP      as the command's options --expose, --profile, --share, --private and --map
#   STRICT, PERMIT    as --strict and --permit; relative paths count from CMAKE_CURRENT_SOURCE_DIR
#   OUTPUT_DIRECTORY  to be written; <target> below CMAKE_CURRENT_BINARY_DIR if it is not given.
#                     A relative path counts from there
#   PORTABLE          as --portable: also for systems with a glibc before 2.34
#   DEPENDS           what the tree or the file is made of: with a newer one the shims are made anew
#
# They are made anew, too, when the command, the file or these options change. What changes in a tree
# without being listed in DEPENDS is not noticed: shims list the names that libraries export.
function(bulkhead_add_shim)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "PORTABLE;STRICT" "NAME;TREE;CONFIG;OUTPUT_DIRECTORY"
    "EXPOSE;PROFILE;SHARE;PRIVATE;MAP;PERMIT;DEPENDS")
  if(ARG_UNPARSED_ARGUMENTS OR ARG_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "bulkhead_add_shim: it does not know, or there is no value for: "
      "${ARG_UNPARSED_ARGUMENTS} ${ARG_KEYWORDS_MISSING_VALUES}")
  endif()
  if(NOT ARG_NAME)
    message(FATAL_ERROR "bulkhead_add_shim: NAME is missing, the target that makes the shims")
  endif()
  if((ARG_TREE AND ARG_CONFIG) OR NOT (ARG_TREE OR ARG_CONFIG))
    message(FATAL_ERROR "bulkhead_add_shim(${ARG_NAME}): it needs one of TREE and CONFIG")
  endif()
  if(ARG_TREE AND NOT (ARG_EXPOSE OR ARG_PROFILE))
    message(FATAL_ERROR "bulkhead_add_shim(${ARG_NAME}): nothing to expose; "
      "name libraries with EXPOSE, or a family with PROFILE")
  endif()

  set(directory ${ARG_NAME})
  if(ARG_OUTPUT_DIRECTORY)
    set(directory ${ARG_OUTPUT_DIRECTORY})
  endif()
  cmake_path(ABSOLUTE_PATH directory BASE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} NORMALIZE)

  set(options --output ${directory})
  set(depends ${ARG_DEPENDS})
  if(ARG_TREE)
    cmake_path(ABSOLUTE_PATH ARG_TREE NORMALIZE)
    list(APPEND options --tree ${ARG_TREE})
  else()
    cmake_path(ABSOLUTE_PATH ARG_CONFIG NORMALIZE)
    list(APPEND options --config ${ARG_CONFIG})
    list(APPEND depends ${ARG_CONFIG})
  endif()
  foreach(list IN ITEMS EXPOSE PROFILE SHARE PRIVATE MAP)
    string(TOLOWER --${list} option)
    foreach(value IN LISTS ARG_${list})
      list(APPEND options ${option} ${value})
    endforeach()
  endforeach()
  foreach(path IN LISTS ARG_PERMIT)
    cmake_path(ABSOLUTE_PATH path)
    list(APPEND options --permit ${path})
  endforeach()
  if(ARG_STRICT)
    list(APPEND options --strict)
  endif()
  if(ARG_PORTABLE)
    list(APPEND options --portable)
  endif()

  # Always there, whatever is exposed; its time tells when the shims were made.
  set(stamp ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${ARG_NAME}.bulkhead-shim)
  add_custom_command(OUTPUT ${stamp}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${directory}
    COMMAND bulkhead::command shim ${options}
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
    DEPENDS bulkhead::command ${depends}
    COMMENT "Making shims in ${directory}"
    VERBATIM)
  add_custom_target(${ARG_NAME} ALL DEPENDS ${stamp})
  set_target_properties(${ARG_NAME} PROPERTIES BULKHEAD_SHIM_DIRECTORY ${directory})
endfunction()
