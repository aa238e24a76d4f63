# The floors of the house. A file of floor X is included as "X/file.h", and a floor sees only the
# floors that it links: each has an include directory of its own that holds one link, to its own
# folder. An include that points upwards, or sideways to a sibling, therefore does not compile.

# pratique_floor(<folder> [LINKS <floors and libraries>] [PRIVATE_LINKS <libraries>]
#                [EXCLUDE <regex>])
# A static library of every .cc file below <folder>.
function(pratique_floor folder)
  cmake_parse_arguments(FLOOR "" "EXCLUDE" "LINKS;PRIVATE_LINKS" ${ARGN})
  set(view ${PROJECT_BINARY_DIR}/include/${folder})
  file(MAKE_DIRECTORY ${view})
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${folder} ${view}/${folder} SYMBOLIC)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cc)
  if(FLOOR_EXCLUDE)
    list(FILTER sources EXCLUDE REGEX "${FLOOR_EXCLUDE}")
  endif()
  add_library(${folder} STATIC ${sources})
  target_include_directories(${folder} PUBLIC ${view})
  target_link_libraries(${folder} PUBLIC ${FLOOR_LINKS}
                                  PRIVATE warnings hardening ${FLOOR_PRIVATE_LINKS})
endfunction()

# pratique_program(<name> OUTPUT <dir> SOURCES <files> LINKS <targets>)
function(pratique_program name)
  cmake_parse_arguments(PROGRAM "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${PROGRAM_SOURCES})
  target_link_libraries(${name} PRIVATE ${PROGRAM_LINKS} warnings hardening)
endfunction()
