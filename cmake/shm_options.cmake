# How everything in the tree is compiled.  Targets get warnings and the like by shm_compile(); nothing
# of it reaches users.

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

add_library(shm_options INTERFACE)
target_compile_features(shm_options INTERFACE c_std_11)
target_compile_options(shm_options INTERFACE
    -Wall -Wextra -Wconversion -Wshadow
    # The same bytes on every machine: no fused multiply-add where the source has two roundings.
    -ffp-contract=off)
target_link_libraries(shm_options INTERFACE Threads::Threads)
if(SHM_WERROR)
    target_compile_options(shm_options INTERFACE -Werror)
endif()

# Of the whole tree, since a program needs the run time of the sanitizer that its libraries were
# compiled for.
if(SHM_SANITIZE)
    add_compile_options(
        -fsanitize=${SHM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${SHM_SANITIZE})
endif()

if(SHM_FUZZ)
    if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
        message(FATAL_ERROR "SHM_FUZZ needs clang: configure with --preset fuzz")
    endif()
    add_compile_options(-fsanitize=fuzzer-no-link)
    add_link_options(-fsanitize=fuzzer-no-link)
endif()

function(shm_compile target)
    set_target_properties(${target} PROPERTIES
        C_STANDARD 11
        C_EXTENSIONS ON
        C_VISIBILITY_PRESET hidden
        POSITION_INDEPENDENT_CODE ON)
    # Empty, so that a source that defines it itself says the same; C++ compilers define it.
    target_compile_definitions(${target} PRIVATE $<$<COMPILE_LANGUAGE:C>:_GNU_SOURCE=>)
    target_link_libraries(${target} PRIVATE shm_options)
endfunction()
