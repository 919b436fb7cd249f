# cmake --install: headers, both libraries, the commands, and how CMake and pkg-config find them.

include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/libshm")
set(programs)
foreach(program IN ITEMS shm shmc)
    if(TARGET ${program})
        list(APPEND programs ${program})
    endif()
endforeach()

install(TARGETS shm_shared shm_static ${programs} EXPORT libshm_targets)
if(TARGET shm-demo)
    # Where `shm demo` looks for it.
    install(TARGETS shm-demo DESTINATION "${CMAKE_INSTALL_LIBEXECDIR}/libshm")
endif()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/shm" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
    FILES_MATCHING PATTERN "*.h")
install(EXPORT libshm_targets NAMESPACE libshm:: FILE libshm-targets.cmake
    DESTINATION "${package_dir}")

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/libshm-config.cmake.in"
    "${PROJECT_BINARY_DIR}/libshm-config.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/libshm-config-version.cmake"
    COMPATIBILITY SameMinorVersion)
install(FILES
    "${PROJECT_BINARY_DIR}/libshm-config.cmake"
    "${PROJECT_BINARY_DIR}/libshm-config-version.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/shm_generate.cmake"
    DESTINATION "${package_dir}")

# Relative to the folder of libshm.pc, so that an installation can be moved.
file(RELATIVE_PATH pc_prefix
    "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
configure_file("${PROJECT_SOURCE_DIR}/cmake/libshm.pc.in" "${PROJECT_BINARY_DIR}/libshm.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/libshm.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
