# libFuzzer targets.  $SHM_FUZZ_SECONDS says how long each runs (default 5).

file(GLOB sources CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" fuzz/fuzz_*.c)
file(GLOB fuzz_support CONFIGURE_DEPENDS fuzz/support*.c)
foreach(source IN LISTS sources)
    get_filename_component(target ${source} NAME_WE)
    folder_schemas(schemas fuzz)
    add_program(${target} ${source} "${schemas}")
    target_sources(${target} PRIVATE ${fuzz_support})
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    string(REGEX REPLACE "^fuzz_" "" name ${target})
    add_case(${target} fuzz LABELS fuzz COMMAND
        $<TARGET_FILE:${target}>
        "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${name}"
        "${PROJECT_BINARY_DIR}/corpus/${name}")
endforeach()
