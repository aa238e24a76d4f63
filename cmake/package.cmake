# The two packages for Debian and its kin, made by script/package (docs/packaging.md):
#
#   pratique       the program, its worker, the library, manual pages, completions
#   pratique-dev   what a program that uses the library is compiled with
#
# The library is no package of its own: it and the program share one worker, in one place, and must
# be of one version. What Debian wants beside the installed files is written by package/stage.cmake.
set(PRATIQUE_PACKAGER "Pratique maintainers <maintainers@pratique.invalid>" CACHE STRING
    "Maintainer of the .deb packages: name and address")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME pratique)
set(CPACK_PACKAGE_CONTACT "${PRATIQUE_PACKAGER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # each package has its own
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/package/stage.cmake)
set(CPACK_COMPONENTS_ALL runtime development)
set(CPACK_COMPONENTS_GROUPING IGNORE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME pratique)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION
"inspector, verifier and loader of model files from strangers
Pratique says what a machine-learning model file would do to whoever loads it,
without loading it: it evaluates pickles symbolically and reads PyTorch,
safetensors, GGUF, ONNX, Keras, TensorFlow and many other formats. It takes
tensors out without running anything, signs and verifies models (OMS 1.0,
minisign, OpenSSH), and gates them by a policy.

Untrusted bytes are read by a process of its own, locked down by seccomp,
Landlock and namespaces.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME pratique-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "pratique (= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION
"inspector, verifier and loader of model files (development files)
Headers for C and C++, a CMake package and a pkg-config file, for programs that
load, scan, inspect, convert, verify or gate model files by libpratique.

Tensors are read by a locked-down process and handed out as mapped bytes, or
as DLPack.")

include(CPack)
