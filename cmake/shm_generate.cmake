# shm_generate(TARGET <target> SCHEMAS <file.shm>...
#              [IMPORT_DIRS <dir>...] [LANGUAGES <language>...] [LIBRARY <library>])
#
# Compiles schemas with shmc at build time and puts `NAME.shm.h` on the include path of whatever
# links <target>, together with the library.  Makes <target> an interface library unless it exists.
#
#   shm_generate(TARGET geo_schema SCHEMAS geo.shm)
#   target_link_libraries(my_program PRIVATE geo_schema)
#
# Schemas are found from the current source folder; imports from the schema's own folder and
# IMPORT_DIRS.  A schema is compiled again when it, one of its imports or shmc changes.
# LANGUAGES: c (default), python (stubs), dot (a graph), beside the header.  LIBRARY: libshm::shm (default) or
# libshm::static.
function(shm_generate)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "TARGET;LIBRARY" "SCHEMAS;IMPORT_DIRS;LANGUAGES")
    if(NOT arg_TARGET OR NOT arg_SCHEMAS)
        message(FATAL_ERROR "shm_generate: TARGET and SCHEMAS are required")
    endif()
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "shm_generate: unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
    endif()
    if(NOT arg_LIBRARY)
        set(arg_LIBRARY libshm::shm)
    endif()
    if(NOT arg_LANGUAGES)
        set(arg_LANGUAGES c)
    endif()
    list(JOIN arg_LANGUAGES "," languages)

    set(import_options)
    foreach(dir IN LISTS arg_IMPORT_DIRS)
        cmake_path(ABSOLUTE_PATH dir BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
        list(APPEND import_options -I "${dir}")
    endforeach()

    set(out "${CMAKE_CURRENT_BINARY_DIR}/${arg_TARGET}")
    file(MAKE_DIRECTORY "${out}")
    set(all_outputs)
    foreach(schema IN LISTS arg_SCHEMAS)
        cmake_path(ABSOLUTE_PATH schema BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
        cmake_path(GET schema FILENAME file_name)
        cmake_path(GET schema STEM LAST_ONLY name)
        set(outputs)
        foreach(language IN LISTS arg_LANGUAGES)
            if(language STREQUAL "c")
                list(APPEND outputs "${out}/${file_name}.h")
            elseif(language STREQUAL "python")
                list(APPEND outputs "${out}/${name}.pyi")
            elseif(language STREQUAL "dot")
                list(APPEND outputs "${out}/${name}.dot")
            else()
                message(FATAL_ERROR "shm_generate: unknown language: ${language}")
            endif()
        endforeach()
        add_custom_command(
            OUTPUT ${outputs}
            COMMAND libshm::shmc "${schema}" -o "${out}" ${import_options} --lang ${languages}
                    --depfile "${out}/${file_name}.d"
            DEPENDS "${schema}" libshm::shmc
            DEPFILE "${out}/${file_name}.d"
            COMMENT "shmc ${file_name}"
            VERBATIM)
        list(APPEND all_outputs ${outputs})
    endforeach()

    if(NOT TARGET ${arg_TARGET})
        add_library(${arg_TARGET} INTERFACE)
    endif()
    get_target_property(type ${arg_TARGET} TYPE)
    set(scope PUBLIC)
    if(type STREQUAL "INTERFACE_LIBRARY")
        set(scope INTERFACE)
    endif()
    add_custom_target(${arg_TARGET}_headers DEPENDS ${all_outputs})
    add_dependencies(${arg_TARGET} ${arg_TARGET}_headers)
    target_include_directories(${arg_TARGET} ${scope} "$<BUILD_INTERFACE:${out}>")
    target_link_libraries(${arg_TARGET} ${scope} ${arg_LIBRARY})
endfunction()
