# Criterion programs: every test_*.c and long_*.c outside process/ and fuzz/.

find_path(CRITERION_INCLUDE_DIR criterion/criterion.h REQUIRED)
find_library(CRITERION_LIBRARY criterion REQUIRED)
find_path(XXHASH_INCLUDE_DIR xxhash.h REQUIRED)
find_library(XXHASH_LIBRARY xxhash REQUIRED)
mark_as_advanced(CRITERION_INCLUDE_DIR CRITERION_LIBRARY XXHASH_INCLUDE_DIR XXHASH_LIBRARY)

# Allocations of the library and of the test can be made to fail: support/allocation.h.
add_library(shm_test_allocation OBJECT support/allocation.c)
shm_compile(shm_test_allocation)
target_include_directories(shm_test_allocation PRIVATE "${PROJECT_SOURCE_DIR}")

file(GLOB_RECURSE sources CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}"
    test_*.c long_*.c)
list(FILTER sources EXCLUDE REGEX "^(process|fuzz|support)/")
foreach(source IN LISTS sources)
    name_of(name ${source})
    get_filename_component(folder ${source} DIRECTORY)
    folder_schemas(schemas "${folder}")
    add_program(test_${name} ${source} "${schemas}")
    target_include_directories(test_${name} SYSTEM PRIVATE
        "${CRITERION_INCLUDE_DIR}" "${XXHASH_INCLUDE_DIR}")
    target_link_libraries(test_${name} PRIVATE "${CRITERION_LIBRARY}" "${XXHASH_LIBRARY}")
    target_sources(test_${name} PRIVATE $<TARGET_OBJECTS:shm_test_allocation>)
    target_link_options(test_${name} PRIVATE
        -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc)
    set(label unit)
    if(source MATCHES "(^|/)long_")
        set(label long)
    endif()
    add_case(${name} criterion LABELS ${label} COMMAND $<TARGET_FILE:test_${name}>)
endforeach()
