# Plain programs of process/: what forks, kills or races, which Criterion's own forks would disturb,
# and what also runs on other processors.

file(GLOB sources CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" process/*.c)
if(SHM_SANITIZE OR CMAKE_CROSSCOMPILING)
    # Sanitizers and emulators multiply the memory that these measure.
    list(FILTER sources EXCLUDE REGEX "/pss_")
endif()
foreach(source IN LISTS sources)
    name_of(name ${source})
    folder_schemas(schemas process)
    add_program(test_${name} ${source} "${schemas}")
    set(labels process)
    if(source MATCHES "/race_")
        list(APPEND labels race)
    elseif(source MATCHES "/long_")
        set(labels long)
    endif()
    add_case(${name} plain LABELS ${labels}
        COMMAND ${CMAKE_CROSSCOMPILING_EMULATOR} $<TARGET_FILE:test_${name}>)
endforeach()
