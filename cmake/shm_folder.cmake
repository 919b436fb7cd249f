# One target a folder of sources, and with it the rule who may include whom.
#
#   shm_folder(<name> [MAIN <file>] [USES <name>...])
#
# makes the object library <name> from every .c file of the current folder (but MAIN).  Its files see
# the public headers, their own folder, and the folders in USES: each folder reaches the include path
# of those that link it as a folder that holds a link to it and nothing else, so `#include
# "schema/model/type.h"` compiles only where schema/model is in USES.
#
# A folder without a .c file gets a target without objects, and SHM_HAS_<name> is false.
function(shm_folder name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "MAIN" "USES")
    file(RELATIVE_PATH path "${PROJECT_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}")
    set(visible "${PROJECT_BINARY_DIR}/visible/${name}")
    get_filename_component(parent "${visible}/${path}" DIRECTORY)
    file(MAKE_DIRECTORY "${parent}")
    file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}" "${visible}/${path}" SYMBOLIC)

    add_library(${name}_headers INTERFACE)
    target_include_directories(${name}_headers INTERFACE "${visible}" "${PROJECT_SOURCE_DIR}/include")

    file(GLOB sources CONFIGURE_DEPENDS "*.c")
    if(arg_MAIN)
        list(REMOVE_ITEM sources "${CMAKE_CURRENT_SOURCE_DIR}/${arg_MAIN}")
    endif()
    set_property(GLOBAL PROPERTY SHM_HAS_${name} FALSE)
    if(sources)
        set_property(GLOBAL PROPERTY SHM_HAS_${name} TRUE)
        add_library(${name} OBJECT ${sources})
        shm_compile(${name})
        target_link_libraries(${name} PRIVATE ${name}_headers)
        foreach(used IN LISTS arg_USES)
            target_link_libraries(${name} PRIVATE ${used}_headers)
        endforeach()
    endif()
endfunction()

# Sets <variable> to the object files of those of the folders that have sources.
function(shm_objects variable)
    set(objects)
    foreach(name IN LISTS ARGN)
        get_property(has GLOBAL PROPERTY SHM_HAS_${name})
        if(has)
            list(APPEND objects $<TARGET_OBJECTS:${name}>)
        endif()
    endforeach()
    set(${variable} ${objects} PARENT_SCOPE)
endfunction()
