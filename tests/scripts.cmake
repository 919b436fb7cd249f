# Scripts find the tree in $SHM_SOURCE, the build in $SHM_BUILD, and shm and shmc on the PATH.

file(GLOB_RECURSE sources CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}"
    test_*.sh long_*.sh test_*.py long_*.py)
# Those of the Python package are run by pytest: tests/python/options.cmake.
list(FILTER sources EXCLUDE REGEX "^python/")
# Those that link an installed library: programs that are not instrumented cannot link one that is.
if(SHM_SANITIZE)
    list(FILTER sources EXCLUDE REGEX "^(build/test_install|examples/test_small)\\.sh$")
endif()
foreach(source IN LISTS sources)
    name_of(name ${source})
    set(interpreter bash)
    if(source MATCHES "\\.py$")
        set(interpreter python3)
    endif()
    set(label script)
    if(source MATCHES "(^|/)long_")
        set(label long)
    endif()
    get_filename_component(extension ${source} EXT)
    add_case(${name}${extension} plain LABELS ${label}
        COMMAND ${interpreter} "${CMAKE_CURRENT_SOURCE_DIR}/${source}")
endforeach()
