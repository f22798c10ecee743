# How every target of this project is compiled, and the three functions that make them.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# -O3 costs a third more compile time on CAF's templates than -O2, and buys nothing measurable here.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

set(TROUPE_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize=, comma separated")

option(TROUPE_PCH "Precompile the headers that cost most: a third less where nothing is compiled yet, but nothing that ccache could share" OFF)

find_program(TROUPE_CCACHE ccache)
if(TROUPE_CCACHE AND NOT TROUPE_PCH)
  # Paths relative to the checkout: a second one (git worktree) finds what the first compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} ${TROUPE_CCACHE})
endif()

# CAF and Pistache files need up to 700 MB each: two compilers at a time suit the small machines.
add_library(troupe_options INTERFACE)
target_compile_options(troupe_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror
  -fstack-protector-strong)
if(TROUPE_PCH)
  # GCC 12 takes accesses inside std::string for out of bounds where its header is precompiled (GCC bug 105329); builds without it check them.
  target_compile_options(troupe_options INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds$<SEMICOLON>-Wno-stringop-overflow$<SEMICOLON>-Wno-stringop-overread$<SEMICOLON>-Wno-restrict>)
endif()
target_include_directories(troupe_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_definitions(troupe_options INTERFACE TROUPE_VERSION="${PROJECT_VERSION}")
if(TROUPE_FAILPOINTS)
  target_compile_definitions(troupe_options INTERFACE TROUPE_FAILPOINTS)
endif()
if(TROUPE_SANITIZE)
  # CAF 0.17's init_fun_factory.hpp binds a null reference: -fno-sanitize=null keeps UBSan's other checks useful.
  # -Wmaybe-uninitialized misfires on instrumented code.
  target_compile_options(troupe_options INTERFACE
    -fsanitize=${TROUPE_SANITIZE} -fno-sanitize=null,vptr -fno-sanitize-recover=all -fno-omit-frame-pointer
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(troupe_options INTERFACE -fsanitize=${TROUPE_SANITIZE})
endif()

# troupe_precompiled(NAME HEADERS... [LINK libs...] [OPTIONS options...]): headers to be compiled once, for targets with the same options.
function(troupe_precompiled name)
  cmake_parse_arguments(arg "" "" "LINK;OPTIONS" ${ARGN})
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/${name}.cpp CONTENT "")
  add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/${name}.cpp)
  target_link_libraries(${name} PRIVATE troupe_options ${arg_LINK})
  target_compile_options(${name} PRIVATE ${arg_OPTIONS})
  target_precompile_headers(${name} PRIVATE ${arg_UNPARSED_ARGUMENTS})
endfunction()

# troupe_library(NAME sources... [LINK libs...]): a room's library, `troupe::NAME`.
function(troupe_library name)
  cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
  add_library(troupe_${name} STATIC ${arg_UNPARSED_ARGUMENTS})
  add_library(troupe::${name} ALIAS troupe_${name})
  target_link_libraries(troupe_${name} PUBLIC troupe_options ${arg_LINK})
endfunction()

# troupe_speaks_caf(NAME...): rooms whose sources read CAF's headers.
function(troupe_speaks_caf)
  if(NOT TROUPE_PCH)
    return()
  endif()
  troupe_precompiled(troupe_headers <caf/all.hpp> <nlohmann/json.hpp> LINK caf_core)
  foreach(name ${ARGN})
    target_precompile_headers(troupe_${name} REUSE_FROM troupe_headers)
  endforeach()
endfunction()

# troupe_test(NAME sources... [LINK libs...] [LABELS ring] [TIMEOUT seconds]): a GoogleTest binary; ctest lists each test.
# LABELS: unit (quick, no outside part), real (needs PostgreSQL, an Engine or nginx), product (drives the built binary).
function(troupe_test name)
  cmake_parse_arguments(arg "SERIAL" "LABELS;TIMEOUT" "LINK" ${ARGN})
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE troupe_options GTest::gmock GTest::gtest_main ${arg_LINK})
  if(TROUPE_PCH)
    # What is compiled once and run once is not worth optimising; and a compiler may have the memory that it frees again and again.
    set(quick -O0 $<$<CXX_COMPILER_ID:GNU>:--param=ggc-min-heapsize=2000000>)
    if(NOT TARGET troupe_test_headers)
      troupe_precompiled(troupe_test_headers <caf/all.hpp> <nlohmann/json.hpp> <gtest/gtest.h> ${CMAKE_SOURCE_DIR}/actors/interfaces.hpp
        LINK caf_core GTest::gmock GTest::gtest_main OPTIONS ${quick})
    endif()
    target_compile_options(${name} PRIVATE ${quick})
    target_precompile_headers(${name} REUSE_FROM troupe_test_headers)
  else()
    target_compile_options(${name} PRIVATE -O1)
  endif()
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  include(GoogleTest)
  set(props LABELS ${arg_LABELS} TIMEOUT ${arg_TIMEOUT})
  if(arg_SERIAL)
    list(APPEND props RUN_SERIAL ON)
  endif()
  gtest_discover_tests(${name} TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60 PROPERTIES ${props})
endfunction()
