# How code that runs inside other people's processes is compiled. Every flag carries
# its reason; the rules themselves are in src/README.md.

set(BULKHEAD_WARNINGS -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wvla
    -Wno-missing-field-initializers)
if(BULKHEAD_WERROR)
  list(APPEND BULKHEAD_WARNINGS -Werror)
endif()

set(of_processor)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  set(of_processor -fcf-protection)  # a library without the CET note would switch CET off
endif()

set(BULKHEAD_GUEST_FLAGS
    ${BULKHEAD_WARNINGS}
    -fno-exceptions            # the program's unwinder and libstdc++ are not ours
    -fno-rtti                  # no typeinfo symbols, no libstdc++
    -fno-threadsafe-statics    # __cxa_guard_* is libstdc++'s
    -fvisibility=hidden        # exported: what the version script names, nothing else
    -fvisibility-inlines-hidden
    -fno-semantic-interposition
    -fasynchronous-unwind-tables  # debuggers and profilers walk through us
    -fno-math-errno
    ${of_processor}
    -fno-stack-protector       # runs in constructors, maybe before the canary's owner
    -fno-plt
    -ffunction-sections -fdata-sections)

# Hosted code, in the command and in libbulkhead-config.so.0. A fault that gets past our own bounds ends the process
# there rather than doing what a file says. The guests' folders that they are made of are compiled once more for them.
set(BULKHEAD_HARDENING
    -fstack-protector-strong
    -D_GLIBCXX_ASSERTIONS      # indices of spans, of strings and of vectors
    ${of_processor})           # as above: config's note
if(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  list(APPEND BULKHEAD_HARDENING -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)  # without optimization it does nothing but warn
endif()
set(BULKHEAD_HOSTED_FLAGS ${BULKHEAD_WARNINGS} ${BULKHEAD_HARDENING})
set(BULKHEAD_HARDENED_GUEST_FLAGS ${BULKHEAD_GUEST_FLAGS} ${BULKHEAD_HARDENING})

if(BULKHEAD_SANITIZE)
  set(BULKHEAD_SANITIZE_FLAGS -fsanitize=address,undefined -fno-sanitize-recover=all
      -fno-omit-frame-pointer)
  add_compile_options(${BULKHEAD_SANITIZE_FLAGS})
  add_link_options(${BULKHEAD_SANITIZE_FLAGS})
endif()

# bulkhead_sources(VARIABLE FOLDER): the sources of one folder of src/, those of the processor included.
function(bulkhead_sources variable folder)
  set(directory ${PROJECT_SOURCE_DIR}/src/${folder})
  set(cpu ${directory}/${CMAKE_SYSTEM_PROCESSOR})
  file(GLOB sources CONFIGURE_DEPENDS ${directory}/*.cc ${cpu}/*.cc ${cpu}/*.S)
  set(${variable} ${sources} PARENT_SCOPE)
endfunction()

# bulkhead_layer(NAME [USES layer…] [HARDENED_TOO]): one folder of src/. A library of objects, so
# that what is linked into a product is decided there. HARDENED_TOO: bulkhead_hardened_NAME is the same for hosted code,
# which reads strangers' files by it. What it uses has to have that, too.
function(bulkhead_layer name)
  cmake_parse_arguments(ARG "HARDENED_TOO" "" "USES" ${ARGN})
  bulkhead_sources(sources ${name})
  bulkhead_library_of_layer("" GUEST)
  if(ARG_HARDENED_TOO AND BULKHEAD_SANITIZE)
    add_library(bulkhead_hardened_${name} ALIAS bulkhead_${name})  # sanitizers find more
  elseif(ARG_HARDENED_TOO)
    bulkhead_library_of_layer(hardened_ HARDENED_GUEST)
  endif()
endfunction()

# With the variables of bulkhead_layer.
function(bulkhead_library_of_layer prefix flags)
  set(target bulkhead_${prefix}${name})
  add_library(${target} STATIC ${sources})
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:${BULKHEAD_${flags}_FLAGS}>)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  foreach(layer IN LISTS ARG_USES)
    target_link_libraries(${target} PUBLIC bulkhead_${prefix}${layer})
  endforeach()
endfunction()

# bulkhead_hosted_layer(NAME [IN_PROGRAM_TOO] [USES target…]): the static library bulkhead_NAME, hosted C++, of the folder's sources. IN_PROGRAM_TOO:
# libbulkhead-config.so.0 has it as well, which brings what is used and shows nothing.
function(bulkhead_hosted_layer name)
  cmake_parse_arguments(ARG "IN_PROGRAM_TOO" "" "USES" ${ARGN})
  set(target bulkhead_${name})
  bulkhead_sources(sources ${name})
  add_library(${target} STATIC ${sources})
  target_link_libraries(${target} PUBLIC ${ARG_USES})
  target_compile_options(${target} PRIVATE ${BULKHEAD_HOSTED_FLAGS})
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  if(ARG_IN_PROGRAM_TOO)
    target_compile_options(${target} PRIVATE -ffunction-sections -fdata-sections)
    set_target_properties(${target} PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  endif()
endfunction()
