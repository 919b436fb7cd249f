# The tests of the Python package: every tests/python/test_NAME.py (and long_NAME.py) is one test,
# python_NAME, run by pytest in a virtual environment below the build, which holds what requirements.txt
# names.  Not under sanitizers, which an interpreter would have to be started with.
if(NOT TARGET shm_python OR SHM_SANITIZE)
    return()
endif()

find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)
set(venv "${PROJECT_BINARY_DIR}/venv")
set(requirements "${CMAKE_CURRENT_LIST_DIR}/requirements.txt")
add_custom_command(OUTPUT "${venv}/complete"
    COMMAND "${Python3_EXECUTABLE}" -m venv "${venv}"
    COMMAND "${venv}/bin/python" -m pip install --quiet --disable-pip-version-check
        --requirement "${requirements}"
    COMMAND "${CMAKE_COMMAND}" -E touch "${venv}/complete"
    DEPENDS "${requirements}"
    COMMENT "Making the virtual environment of the Python tests"
    VERBATIM)
add_custom_target(shm_python_venv ALL DEPENDS "${venv}/complete")

file(GLOB sources CONFIGURE_DEPENDS
    "${CMAKE_CURRENT_LIST_DIR}/test_*.py" "${CMAKE_CURRENT_LIST_DIR}/long_*.py")
foreach(source IN LISTS sources)
    get_filename_component(name "${source}" NAME_WE)
    set(label python)
    if(name MATCHES "^long_")
        set(label long)
    endif()
    string(REGEX REPLACE "^test_" "" name "${name}")
    add_case(python_${name} plain LABELS ${label}
        COMMAND "${CMAKE_COMMAND}" -E env "PYTHONPATH=${PROJECT_BINARY_DIR}/python"
            PYTHONDONTWRITEBYTECODE=1
            "${venv}/bin/python" -X faulthandler -m pytest --quiet -p no:cacheprovider "${source}")
endforeach()
