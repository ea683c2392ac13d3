# What `cmake --install` puts where. The prefix can be moved afterwards: the command finds its
# libraries from where it lies, and so do the CMake package and the pkg-config file.
include(CMakePackageConfigHelpers)

# The same names inside this project as for those who find the package.
add_library(bulkhead::bulkhead ALIAS bulkhead_runtime)
add_executable(bulkhead::command ALIAS bulkhead)
set_target_properties(bulkhead_runtime PROPERTIES EXPORT_NAME bulkhead)
set_target_properties(bulkhead PROPERTIES EXPORT_NAME command)
target_include_directories(bulkhead_runtime INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
# Before glibc 2.34 what it needs of ld.so is in libdl.so.2, and linkers want to see that.
target_link_libraries(bulkhead_runtime INTERFACE ${CMAKE_DL_LIBS})

install(TARGETS bulkhead bulkhead_runtime EXPORT bulkhead-targets RUNTIME LIBRARY)
if(TARGET bulkhead_unpack)
  install(TARGETS bulkhead_unpack RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/bulkhead)
endif()
# Nobody links with these; libbulkhead.so.0 and the command look for them beside libbulkhead.so.0 and there.
install(TARGETS bulkhead_compat bulkhead_compat_m bulkhead_config bulkhead_plugins
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/bulkhead NAMELINK_SKIP)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/bulkhead TYPE INCLUDE)
# Beside the command, which looks for it at ../share.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/share/bulkhead DESTINATION share)

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/bulkhead)
configure_package_config_file(cmake/bulkhead-config.cmake.in ${PROJECT_BINARY_DIR}/package/bulkhead-config.cmake
  INSTALL_DESTINATION ${package_directory} NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor release may change what the last one had.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/bulkhead-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(EXPORT bulkhead-targets NAMESPACE bulkhead:: DESTINATION ${package_directory})
install(FILES
  ${PROJECT_BINARY_DIR}/package/bulkhead-config.cmake
  ${PROJECT_BINARY_DIR}/package/bulkhead-config-version.cmake
  cmake/bulkhead-shim.cmake
  DESTINATION ${package_directory})

# pkg-config knows the directory of the file, so that the prefix is said relative to that.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig
  OUTPUT_VARIABLE prefix_from_pc)
configure_file(cmake/bulkhead.pc.in ${PROJECT_BINARY_DIR}/package/bulkhead.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/package/bulkhead.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${PROJECT_SOURCE_DIR}/README.md TYPE DOC)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs TYPE DOC FILES_MATCHING PATTERN "*.md")
install(DIRECTORY ${PROJECT_SOURCE_DIR}/examples TYPE DOC PATTERN "CMakeLists.txt" EXCLUDE)

set(BULKHEAD_PYTHON_DIR "" CACHE STRING "Where to install the Python module, such as lib/python3/dist-packages; empty: nowhere")
if(BULKHEAD_PYTHON_DIR)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/python/bulkhead DESTINATION ${BULKHEAD_PYTHON_DIR} FILES_MATCHING PATTERN "*.py" PATTERN "py.typed")
endif()

# Completions: what there is to complete says one program, which reads the command's help.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_LIBEXECDIR BASE_DIRECTORY ${CMAKE_INSTALL_FULL_BINDIR} OUTPUT_VARIABLE libexec_from_bin)
foreach(file bulkhead.bash _bulkhead bulkhead.fish)
  configure_file(completions/${file} ${PROJECT_BINARY_DIR}/completions/${file} @ONLY)
endforeach()
install(PROGRAMS completions/bulkhead-complete DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/bulkhead)
install(FILES ${PROJECT_BINARY_DIR}/completions/bulkhead.bash DESTINATION share/bash-completion/completions RENAME bulkhead)
install(FILES ${PROJECT_BINARY_DIR}/completions/_bulkhead DESTINATION share/zsh/site-functions)
install(FILES ${PROJECT_BINARY_DIR}/completions/bulkhead.fish DESTINATION share/fish/vendor_completions.d)
