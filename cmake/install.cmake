# What `cmake --install` puts where. Whatever prefix is given then: the path of the worker, which
# stands in a section of its own in the program and the library, is written when they are installed
# (api/worker_path.h). DESTDIR is no part of that path.
include(CMakePackageConfigHelpers)

set(worker_dir ${CMAKE_INSTALL_LIBEXECDIR}/pratique)
set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/pratique)

install(TARGETS pratique-worker RUNTIME DESTINATION ${worker_dir})
install(TARGETS pratique RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS libpratique EXPORT pratiqueTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${PROJECT_SOURCE_DIR}/api/include/pratique.h
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/api/include/pratique
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

# --- Manual pages and completions (cli/CMakeLists.txt) -------------------------------------------
if(NOT CMAKE_CROSSCOMPILING)
  set(self ${PROJECT_BINARY_DIR}/share)
  install(DIRECTORY ${self}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
  install(FILES ${self}/pratique DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${self}/_pratique DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${self}/pratique.fish
          DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

# --- The worker's path ------------------------------------------------------------------------
install(CODE "
  set(objcopy \"${CMAKE_OBJCOPY}\")
  set(worker \"${worker_dir}/$<TARGET_FILE_NAME:pratique-worker>\")
  set(files \"${CMAKE_INSTALL_BINDIR}/$<TARGET_FILE_NAME:pratique>\"
            \"${CMAKE_INSTALL_LIBDIR}/$<TARGET_FILE_NAME:libpratique>\")
  include(\"${PROJECT_SOURCE_DIR}/cmake/worker_path.cmake\")")

# --- The Python wheel ---------------------------------------------------------------------------
# Only when it is built: the package says where its worker is, for no path is known beforehand.
if(SKBUILD)
  install(PROGRAMS $<TARGET_FILE:libpratique> DESTINATION pratique/_native
          RENAME libpratique.so COMPONENT python)
  install(PROGRAMS $<TARGET_FILE:pratique-worker> DESTINATION pratique/_native COMPONENT python)
endif()

# --- For programs that use the library ----------------------------------------------------------
install(EXPORT pratiqueTargets NAMESPACE pratique:: DESTINATION ${config_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/pratiqueConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
file(WRITE ${PROJECT_BINARY_DIR}/pratiqueConfig.cmake
     "include(\${CMAKE_CURRENT_LIST_DIR}/pratiqueTargets.cmake)\n")
install(FILES ${PROJECT_BINARY_DIR}/pratiqueConfig.cmake
              ${PROJECT_BINARY_DIR}/pratiqueConfigVersion.cmake
        DESTINATION ${config_dir})

# Found from the file's own place, so that it holds for every prefix.
file(RELATIVE_PATH prefix_from_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${PROJECT_SOURCE_DIR}/cmake/pratique.pc.in ${PROJECT_BINARY_DIR}/pratique.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/pratique.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
