# One function per kind of target, so that every module, test, benchmark and example is declared in one line
# and follows the same rules. Sources are relative to the calling CMakeLists.txt.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# seckill_require(<package> <apt packages> [find_package arguments...])
# find_package that ends with the exact cure when the dependency is missing. What a module's CMakeLists.txt requires before
# it calls seckill_add_module(), find_package(seckill) requires for that component.
macro(seckill_require package apt)
  find_package(${package} ${ARGN} QUIET)
  set(seckill_dependency ${package} ${ARGN})
  list(JOIN seckill_dependency " " seckill_dependency)
  list(APPEND seckill_dependencies "find_dependency(${seckill_dependency})")
  if(NOT ${package}_FOUND)
    message(FATAL_ERROR "seckill: ${package} was not found. Install it with:\n  apt-get install -y --no-install-recommends ${apt}\nor leave out what needs it: see the options in ${PROJECT_SOURCE_DIR}/CMakeLists.txt")
  endif()
endmacro()

# Compile options of our own builds. Embedders get the language standard and nothing else.
function(seckill_apply_options target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  if(SECKILL_DEVELOPER)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
      target_compile_options(${target} PRIVATE -Wno-restrict)  # false alarms on "text" + string at -O2: GCC bug 105651
    endif()
  endif()
  if(SECKILL_SANITIZE)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)  # false alarms in instrumented code, as GCC's manual says
    endif()
    target_compile_options(${target} PRIVATE -fsanitize=${SECKILL_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${SECKILL_SANITIZE})
    if(SECKILL_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      target_compile_options(${target} PRIVATE -Wno-tsan) # Asio has fences, which ThreadSanitizer does not follow
    endif()
    if(SECKILL_SANITIZE MATCHES "undefined")
      target_compile_options(${target} PRIVATE -fno-sanitize-recover=undefined)
    endif()
  endif()
endfunction()

# Our own builds parse the standard library once for each kind of target. A source must still include what it uses: what
# embedders build (./run, tests/install) has no precompiled headers.
set(seckill_precompiled
  <algorithm> <array> <atomic> <chrono> <condition_variable> <cstdint> <cstring> <filesystem> <fstream> <functional> <map>
  <memory> <mutex> <optional> <random> <span> <sstream> <string> <string_view> <thread> <unordered_map> <utility> <variant>
  <vector> <boost/system/error_code.hpp> <boost/system/result.hpp>)
function(seckill_precompile_headers target)
  if(NOT SECKILL_PRECOMPILE)
    return()
  endif()
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)  # what ccache needs
  target_precompile_headers(${target} PRIVATE ${seckill_precompiled})
endfunction()

# Options of programs that only drive what others were built for: unoptimised, they compile in a third of the time (under
# sanitizers in a fifth), and what they test is as fast as before. They share one set of precompiled headers.
function(seckill_apply_test_options target)
  seckill_apply_options(${target})
  target_compile_options(${target} PRIVATE -O0)
  if(NOT SECKILL_PRECOMPILE)
    return()
  endif()
  if(NOT TARGET seckill_test_headers)
    file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/test_headers.cpp CONTENT "")
    add_library(seckill_test_headers OBJECT ${PROJECT_BINARY_DIR}/test_headers.cpp)
    target_link_libraries(seckill_test_headers PRIVATE GTest::gmock GTest::gtest seckill::core)
    seckill_apply_options(seckill_test_headers)
    target_compile_options(seckill_test_headers PRIVATE -O0)
    seckill_precompile_headers(seckill_test_headers)
    target_precompile_headers(seckill_test_headers PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
  endif()
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
  target_precompile_headers(${target} REUSE_FROM seckill_test_headers)
endfunction()

# seckill_add_module(<name> SOURCES ... [HEADER_ROOT dir] [PUBLIC targets...] [PRIVATE targets...] [PKG_CONFIG names...])
# The library seckill_<name>, known and exported as seckill::<name>, with every header below HEADER_ROOT
# (default: include beside the calling CMakeLists.txt) installed and checked for self-containment. PKG_CONFIG: what
# seckill-<name>.pc requires beyond the core.
function(seckill_add_module name)
  cmake_parse_arguments(arg "" "HEADER_ROOT" "SOURCES;PUBLIC;PRIVATE;PKG_CONFIG" ${ARGN})
  if(NOT arg_HEADER_ROOT)
    set(arg_HEADER_ROOT ${CMAKE_CURRENT_SOURCE_DIR}/include)
  endif()
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${arg_HEADER_ROOT}/*.hpp ${arg_HEADER_ROOT}/*.h)

  add_library(seckill_${name} ${arg_SOURCES})
  add_library(seckill::${name} ALIAS seckill_${name})
  target_sources(seckill_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${arg_HEADER_ROOT} FILES ${headers})
  target_include_directories(seckill_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(seckill_${name} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  seckill_apply_options(seckill_${name})
  seckill_precompile_headers(seckill_${name})
  set_target_properties(seckill_${name} PROPERTIES
    EXPORT_NAME ${name}
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}  # before 1.0 a minor version may break
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON
    VERIFY_INTERFACE_HEADER_SETS ${SECKILL_DEVELOPER})
  if(BUILD_SHARED_LIBS)
    target_compile_definitions(seckill_${name} PUBLIC SECKILL_SHARED)
  endif()

  install(TARGETS seckill_${name} EXPORT seckill_${name}
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT ${name}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${name}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${name})
  install(EXPORT seckill_${name} NAMESPACE seckill:: FILE seckill-${name}-targets.cmake
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/seckill COMPONENT ${name})
  seckill_install_pkg_config(${name} ${arg_PKG_CONFIG})

  set_property(GLOBAL APPEND PROPERTY SECKILL_MODULES ${name})
  list(REMOVE_DUPLICATES seckill_dependencies)
  list(JOIN seckill_dependencies "\n    " lines)
  set_property(GLOBAL APPEND_STRING PROPERTY SECKILL_FIND_DEPENDENCIES
    "  if(component STREQUAL \"${name}\")\n    ${lines}\n  endif()\n")
endfunction()

# For builds without CMake. An archive does not know what it needs, so its requirements are everybody's.
function(seckill_install_pkg_config name)
  set(requirements ${ARGN})
  if(NOT name STREQUAL "core")
    list(PREPEND requirements "seckill-core = ${PROJECT_VERSION}")
  endif()
  list(JOIN requirements ", " SECKILL_PC_REQUIRES)
  set(SECKILL_PC_NAME ${name})
  if(BUILD_SHARED_LIBS)
    set(SECKILL_PC_DEFINE " -DSECKILL_SHARED")
  else()
    set(SECKILL_PC_DEFINE "")
  endif()
  file(RELATIVE_PATH SECKILL_PC_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
  string(REGEX REPLACE "/$" "" SECKILL_PC_PREFIX ${SECKILL_PC_PREFIX})
  configure_file(${PROJECT_SOURCE_DIR}/cmake/seckill.pc.in ${PROJECT_BINARY_DIR}/seckill-${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/seckill-${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT ${name})
endfunction()

# seckill_add_test(<name> SOURCES ... [LINK targets...] [LABELS labels...] [TIMEOUT seconds] [SERIAL] [OPTIMISED])
# A GoogleTest program: one ctest entry, so that a run of the suite starts few processes. The target tests_<label> builds
# all programs with that label. Labels that ./test looks at: threads (runs under ThreadSanitizer too), browser, long,
# install and tidy (do not run under sanitizers). OPTIMISED: the program itself works hard, or shares inline functions with
# what does, of which the linker keeps one.
function(seckill_add_test name)
  cmake_parse_arguments(arg "SERIAL;OPTIMISED" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LINK} GTest::gmock GTest::gtest GTest::gtest_main)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/src)
  if(arg_OPTIMISED)
    seckill_apply_options(${name})
  else()
    seckill_apply_test_options(${name})
  endif()
  add_test(NAME ${name} COMMAND ${name})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  if(SECKILL_SOAK)
    math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * 20")
    set_tests_properties(${name} PROPERTIES ENVIRONMENT SECKILL_SOAK=1)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT})
  if(arg_SERIAL)
    set_tests_properties(${name} PROPERTIES RUN_SERIAL ON)
  endif()
  foreach(label IN LISTS arg_LABELS)
    if(NOT TARGET tests_${label})
      add_custom_target(tests_${label})
    endif()
    add_dependencies(tests_${label} ${name})
  endforeach()
endfunction()

# seckill_add_bench(<name> SOURCES ... [LINK targets...]): a Google Benchmark program.
function(seckill_add_bench name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LINK} benchmark::benchmark)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/src)
  seckill_apply_options(${name})
endfunction()

# seckill_add_program(<name> SOURCES ... [LINK targets...]): an example or a tool.
function(seckill_add_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LINK})
  seckill_apply_options(${name})
endfunction()

# What find_package(seckill COMPONENTS ...) reads.
function(seckill_install_package)
  get_property(SECKILL_MODULES GLOBAL PROPERTY SECKILL_MODULES)
  get_property(SECKILL_FIND_DEPENDENCIES GLOBAL PROPERTY SECKILL_FIND_DEPENDENCIES)
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/seckill-config.cmake.in
    ${PROJECT_BINARY_DIR}/seckill-config.cmake INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/seckill)
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/seckill-config-version.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/seckill-config.cmake ${PROJECT_BINARY_DIR}/seckill-config-version.cmake
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/seckill COMPONENT core)
endfunction()
