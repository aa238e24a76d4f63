# Run as a script, after linking and by the install: writes the worker's path into a program or a
# library, and nothing else of the file changes. Takes objcopy, path and files, all absolute.
if(NOT objcopy)
  message(FATAL_ERROR "objcopy is needed: it sets the path of the worker")
endif()
# The section keeps its size (worker_path.cc); the path ends at the first line end.
set(size 4096)
string(LENGTH "${path}" length)
if(length GREATER_EQUAL size)
  message(FATAL_ERROR "the path is too long: ${path}")
endif()
math(EXPR rest "${size} - ${length}")
string(REPEAT "\n" ${rest} padding)
foreach(file ${files})
  file(REAL_PATH "${file}" real)
  set(section "${real}.worker-path")
  file(WRITE "${section}" "${path}${padding}")
  execute_process(
    COMMAND "${objcopy}" --update-section ".pratique_worker=${section}" "${real}"
    RESULT_VARIABLE failed)
  file(REMOVE "${section}")
  if(failed)
    message(FATAL_ERROR "objcopy cannot write the worker's path into ${real}")
  endif()
endforeach()
