# Two interface targets that every target of the project links: `warnings` and `hardening`.
# A flag that the compiler does not know is left out and named in the configure summary.
include(CheckCXXCompilerFlag)
include(CheckLinkerFlag)

set(PRATIQUE_FLAGS_MISSING "")

function(pratique_add_flag target flag)
  string(MAKE_C_IDENTIFIER "HAS${flag}" variable)
  check_cxx_compiler_flag("${flag}" ${variable})
  if(${variable})
    target_compile_options(${target} INTERFACE "${flag}")
  else()
    set(PRATIQUE_FLAGS_MISSING "${PRATIQUE_FLAGS_MISSING};${flag}" PARENT_SCOPE)
  endif()
endfunction()

add_library(warnings INTERFACE)
foreach(flag
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wimplicit-fallthrough
    -Wswitch-enum -Wdate-time -Wold-style-cast -Wnon-virtual-dtor -Wduplicated-cond -Wlogical-op
    -Wuseless-cast -Wbidi-chars=any)
  pratique_add_flag(warnings ${flag})
endforeach()
if(PRATIQUE_WERROR)
  target_compile_options(warnings INTERFACE -Werror)
endif()

add_library(hardening INTERFACE)
foreach(flag
    -fstack-protector-strong -fstack-clash-protection -fcf-protection=full
    -fno-delete-null-pointer-checks -fno-strict-overflow -fvisibility=hidden
    -ftrivial-auto-var-init=zero)
  pratique_add_flag(hardening ${flag})
endforeach()
# The name of a file is the same wherever it is compiled: from the source folder, from the build
# folder (the last one given wins), or as ccache puts it, from the build folder upwards.
file(RELATIVE_PATH up ${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR})
foreach(folder "${up}" "${PROJECT_SOURCE_DIR}/" "${PROJECT_BINARY_DIR}/")
  if(folder)
    pratique_add_flag(hardening "-ffile-prefix-map=${folder}=")
  endif()
endforeach()
target_compile_definitions(hardening INTERFACE _GLIBCXX_ASSERTIONS)
if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug" AND NOT PRATIQUE_SANITIZE)
  target_compile_options(hardening INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
target_link_options(hardening INTERFACE -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--build-id=sha1)

if(PRATIQUE_SANITIZE)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Instrumented moves of a variant or an optional look uninitialised to g++ 12.
    target_compile_options(hardening INTERFACE -Wno-maybe-uninitialized)
  endif()
  target_compile_options(hardening INTERFACE
    -fsanitize=${PRATIQUE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(hardening INTERFACE -fsanitize=${PRATIQUE_SANITIZE})
endif()
if(PRATIQUE_FUZZ)
  target_compile_options(hardening INTERFACE -fsanitize=fuzzer-no-link)
  # Checksums are believed: see formats/hdf5/checksum.h.
  target_compile_definitions(hardening INTERFACE FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION)
endif()
