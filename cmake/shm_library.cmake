# The two forms of the library: the folders that a running program needs.

set(SHM_LIBRARY_FOLDERS shm_kernel shm_allocators shm_model shm_text
    shm_any shm_key shm_heap shm_array shm_tensor shm_map shm_multimap shm_sorted
    shm_dataset)
shm_objects(SHM_LIBRARY_OBJECTS ${SHM_LIBRARY_FOLDERS})
if(NOT SHM_LIBRARY_OBJECTS)
    message(FATAL_ERROR "no sources found below ${PROJECT_SOURCE_DIR}/libshm: incomplete checkout?")
endif()

function(shm_add_library target kind export_name)
    add_library(${target} ${kind} ${SHM_LIBRARY_OBJECTS})
    add_library(libshm::${export_name} ALIAS ${target})
    set_target_properties(${target} PROPERTIES
        OUTPUT_NAME shm EXPORT_NAME ${export_name} LINKER_LANGUAGE C)
    target_include_directories(${target} INTERFACE
        $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
        $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    target_compile_features(${target} INTERFACE c_std_11)
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:shm_options>)
endfunction()

shm_add_library(shm_shared SHARED shm)
set(map "${PROJECT_SOURCE_DIR}/cmake/libshm.map")
set_target_properties(shm_shared PROPERTIES
    VERSION ${PROJECT_VERSION} SOVERSION 0 LINK_DEPENDS "${map}")
target_link_options(shm_shared PRIVATE
    "-Wl,--version-script=${map}" -Wl,-Bsymbolic-functions)
if(NOT SHM_SANITIZE AND NOT SHM_FUZZ)
    # Sanitizers leave their symbols to the program.
    target_link_options(shm_shared PRIVATE -Wl,--no-undefined)
endif()

shm_add_library(shm_static STATIC static)
target_link_libraries(shm_static INTERFACE Threads::Threads)
