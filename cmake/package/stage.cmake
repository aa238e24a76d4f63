# Run by cpack between the install and the packing: what Debian's policy wants and `cmake --install`
# does not write. The same input gives the same bytes: gzip without names and times, the date from
# SOURCE_DATE_EPOCH, which string(TIMESTAMP) knows, as cpack does for the files.
set(source "${CMAKE_CURRENT_LIST_DIR}")
find_program(GZIP gzip REQUIRED)

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# The changelog of the package: that of the program lies beside it.
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
set(version "${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}")
set(changelog "pratique (${version}) unstable; urgency=medium

  * Package of version ${CPACK_PACKAGE_VERSION}; what it brings is in changelog.gz.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")

foreach(component runtime development)
  string(TOUPPER ${component} upper)
  set(package ${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
  set(share "${CPACK_TEMPORARY_DIRECTORY}/${component}/usr/share")
  set(doc "${share}/doc/${package}")
  configure_file("${source}/copyright" "${doc}/copyright" COPYONLY)
  file(WRITE "${doc}/changelog.Debian" "${changelog}")
  configure_file("${source}/../../CHANGELOG.md" "${doc}/changelog" COPYONLY)
  file(GLOB pages "${share}/man/man*/*.[0-9]")
  run(${GZIP} -9nf "${doc}/changelog" "${doc}/changelog.Debian" ${pages})
  configure_file("${source}/${package}.lintian" "${share}/lintian/overrides/${package}" COPYONLY)
endforeach()

# Whose umask it was is no matter: the install heeds it for folders, and so does what is above.
run(chmod -R u=rwX,go=rX "${CPACK_TEMPORARY_DIRECTORY}")
