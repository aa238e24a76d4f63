# Run by the install: writes the installed worker's path into the installed program and library.
# Takes objcopy, worker and files, the latter two from the prefix on.
get_filename_component(prefix "${CMAKE_INSTALL_PREFIX}" ABSOLUTE)
set(path "${prefix}/${worker}")
if(NOT objcopy)
  message(FATAL_ERROR "objcopy is needed to install: it sets the path of the worker")
endif()
# The section keeps its size (worker_path.cc); the path ends at the first line end.
set(size 4096)
string(LENGTH "${path}" length)
if(length GREATER_EQUAL size)
  message(FATAL_ERROR "the prefix is too long: ${prefix}")
endif()
math(EXPR rest "${size} - ${length}")
string(REPEAT "\n" ${rest} padding)
set(section "$ENV{DESTDIR}${prefix}/.pratique-worker-path")
file(WRITE "${section}" "${path}${padding}")
foreach(file ${files})
  file(REAL_PATH "$ENV{DESTDIR}${prefix}/${file}" installed)
  execute_process(
    COMMAND "${objcopy}" --update-section ".pratique_worker=${section}" "${installed}"
    RESULT_VARIABLE failed)
  if(failed)
    file(REMOVE "${section}")
    message(FATAL_ERROR "objcopy cannot write the worker's path into ${installed}")
  endif()
  message(STATUS "Worker of ${installed}: ${path}")
endforeach()
file(REMOVE "${section}")
