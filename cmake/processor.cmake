# The processor that is built for, as its folder under src/ is called. CMake goes by uname, which in a
# chroot of another processor tells the kernel's; here CMAKE_SYSTEM_PROCESSOR is the compiler's.
execute_process(COMMAND ${CMAKE_CXX_COMPILER} -dumpmachine
  OUTPUT_VARIABLE machine OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "-.*" "" machine "${machine}")
if(machine MATCHES "^i[3-6]86$")
  set(machine i386)
endif()
set(CMAKE_SYSTEM_PROCESSOR ${machine})
if(NOT IS_DIRECTORY ${PROJECT_SOURCE_DIR}/src/arch/${machine})
  message(FATAL_ERROR "bulkhead: this compiler makes code for ${machine}, which has no folder in src/arch")
endif()
