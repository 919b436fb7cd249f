# The tests of the Python package: every tests/python/test_NAME.py (and long_NAME.py) is one test,
# python_NAME, and every mapped/test_NAME.py is python_mapped_NAME, run by pytest in a virtual
# environment below the build, which holds what requirements.txt names.  The asan lane has those tests,
# too, with the sanitizer loaded into the interpreter and the environment of the default build; but for
# those that look at types, which are the same, and at memory.
if(NOT TARGET shm_python)
    return()
endif()

find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)
set(venv "${PROJECT_BINARY_DIR}/venv")
set(environment "PYTHONPATH=${PROJECT_BINARY_DIR}/python" PYTHONDONTWRITEBYTECODE=1)
set(left_out)

if(SHM_SANITIZE)
    set(venv "${PROJECT_SOURCE_DIR}/build/venv")
    execute_process(COMMAND "${CMAKE_C_COMPILER}" -print-file-name=libclang_rt.asan-x86_64.so
        OUTPUT_VARIABLE runtime OUTPUT_STRIP_TRAILING_WHITESPACE)
    list(APPEND environment "LD_PRELOAD=${runtime}" PYTHONMALLOC=malloc
        "ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1")
    set(left_out "test_(types|leaks)|long_")
else()
    set(requirements "${CMAKE_CURRENT_LIST_DIR}/requirements.txt")
    add_custom_command(OUTPUT "${venv}/complete"
        COMMAND "${Python3_EXECUTABLE}" -m venv "${venv}"
        COMMAND "${venv}/bin/python" -m pip install --quiet --disable-pip-version-check
            --requirement "${requirements}"
        COMMAND "${CMAKE_COMMAND}" -E touch "${venv}/complete"
        DEPENDS "${requirements}"
        COMMENT "Making the virtual environment of the Python tests"
        VERBATIM)
    # The other lanes compile the module; the default build tests it.
    if(PROJECT_BINARY_DIR STREQUAL "${PROJECT_SOURCE_DIR}/build")
        add_custom_target(shm_python_venv ALL DEPENDS "${venv}/complete")
    else()
        return()
    endif()
endif()

file(GLOB sources CONFIGURE_DEPENDS
    "${CMAKE_CURRENT_LIST_DIR}/test_*.py" "${CMAKE_CURRENT_LIST_DIR}/long_*.py"
    "${CMAKE_CURRENT_LIST_DIR}/mapped/test_*.py")
foreach(source IN LISTS sources)
    file(RELATIVE_PATH name "${CMAKE_CURRENT_LIST_DIR}" "${source}")
    string(REGEX REPLACE "\\.py$" "" name "${name}")
    if(left_out AND name MATCHES "${left_out}")
        continue()
    endif()
    string(REPLACE "/test_" "_" name "${name}")
    set(label python)
    if(name MATCHES "^long_")
        set(label long)
    endif()
    string(REGEX REPLACE "^test_" "" name "${name}")
    add_case(python_${name} plain LABELS ${label}
        COMMAND "${CMAKE_COMMAND}" -E env ${environment}
            "${venv}/bin/python" -X faulthandler -m pytest --quiet -p no:cacheprovider
            "--confcutdir=${CMAKE_CURRENT_LIST_DIR}" "${source}")
endforeach()
