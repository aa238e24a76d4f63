# What `cmake --install` puts where. Whatever prefix is given then: the path of the worker, which
# stands in a section of its own in the program and the library, is written when they are installed
# (api/worker_path.h). DESTDIR is no part of that path.
#
# Three components: `runtime` and `development` are the packages of cmake/package.cmake, `python` is
# what lies in the wheel. Without --component the first two are installed.
include(CMakePackageConfigHelpers)

set(worker_dir ${CMAKE_INSTALL_LIBEXECDIR}/pratique)
set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/pratique)

install(TARGETS pratique-worker RUNTIME DESTINATION ${worker_dir} COMPONENT runtime)
install(TARGETS pratique RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
install(TARGETS libpratique EXPORT pratiqueTargets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        COMPONENT runtime NAMELINK_COMPONENT development)

# --- Manual pages and completions (cli/CMakeLists.txt) -------------------------------------------
if(NOT CMAKE_CROSSCOMPILING)
  set(self ${PROJECT_BINARY_DIR}/share)
  install(FILES ${self}/pratique
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT runtime)
  install(FILES ${self}/_pratique
          DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions COMPONENT runtime)
  install(FILES ${self}/pratique.fish
          DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT runtime)
  install(DIRECTORY ${self}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT runtime)
endif()

# --- The worker's path ------------------------------------------------------------------------
install(CODE "
  set(objcopy \"${CMAKE_OBJCOPY}\")
  get_filename_component(prefix \"\${CMAKE_INSTALL_PREFIX}\" ABSOLUTE)
  set(path \"\${prefix}/${worker_dir}/$<TARGET_FILE_NAME:pratique-worker>\")
  set(files \"\$ENV{DESTDIR}\${prefix}/${CMAKE_INSTALL_BINDIR}/$<TARGET_FILE_NAME:pratique>\"
            \"\$ENV{DESTDIR}\${prefix}/${CMAKE_INSTALL_LIBDIR}/$<TARGET_FILE_NAME:libpratique>\")
  include(\"${PROJECT_SOURCE_DIR}/cmake/worker_path.cmake\")
  message(STATUS \"Worker: \${path}\")" COMPONENT runtime)

# --- For programs that use the library ----------------------------------------------------------
install(FILES ${PROJECT_SOURCE_DIR}/api/include/pratique.h
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/api/include/pratique
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
        FILES_MATCHING PATTERN "*.h")
install(EXPORT pratiqueTargets NAMESPACE pratique:: DESTINATION ${config_dir}
        COMPONENT development)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/pratiqueConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
file(WRITE ${PROJECT_BINARY_DIR}/pratiqueConfig.cmake
     "include(\${CMAKE_CURRENT_LIST_DIR}/pratiqueTargets.cmake)\n")
install(FILES ${PROJECT_BINARY_DIR}/pratiqueConfig.cmake
              ${PROJECT_BINARY_DIR}/pratiqueConfigVersion.cmake
        DESTINATION ${config_dir} COMPONENT development)

# Found from the file's own place, so that it holds for every prefix.
file(RELATIVE_PATH prefix_from_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${PROJECT_SOURCE_DIR}/cmake/pratique.pc.in ${PROJECT_BINARY_DIR}/pratique.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/pratique.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

# --- Licences -----------------------------------------------------------------------------------
# Of what is inside the program, the library and the worker: as Debian's packages of the archives
# have them. Elsewhere they lie elsewhere, and whoever distributes the files adds them.
function(pratique_licenses folder component)
  foreach(package ${ARGN})
    install(FILES /usr/share/doc/${package}/copyright OPTIONAL RENAME ${package}.txt
            DESTINATION ${folder} COMPONENT ${component})
  endforeach()
endfunction()
string(REGEX MATCH "^[0-9]+" major "${CMAKE_CXX_COMPILER_VERSION}")
set(linked libarchive-dev libbz2-dev libc6-dev libcli11-dev libdeflate-dev liblz4-dev liblzma-dev
           libstdc++-${major}-dev libyaml-dev libzstd-dev rapidjson-dev zlib1g-dev)
pratique_licenses(${CMAKE_INSTALL_DOCDIR}/licenses runtime ${linked})

# --- The Python wheel ---------------------------------------------------------------------------
# Only when it is built: the package says where its worker is, for no path is known beforehand.
if(SKBUILD)
  # An install strips targets; these are files.
  target_link_options(libpratique PRIVATE -s)
  target_link_options(pratique-worker PRIVATE -s)
  install(PROGRAMS $<TARGET_FILE:libpratique> DESTINATION pratique/_native
          RENAME libpratique.so COMPONENT python)
  install(PROGRAMS $<TARGET_FILE:pratique-worker> DESTINATION pratique/_native COMPONENT python)
  pratique_licenses(pratique/_native/licenses python ${linked} libsodium-dev libssl-dev)
endif()
