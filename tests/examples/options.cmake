# test_packages checks the parts of the demo, so it is built with them.

set(packages "${PROJECT_SOURCE_DIR}/examples/packages")
shm_generate(TARGET test_packages_schema SCHEMAS "${packages}/packages.shm" LIBRARY shm_internal)
target_sources(test_examples_packages PRIVATE
    "${packages}/build_image.c" "${packages}/closure.c" "${packages}/control.c"
    "${packages}/image_source.c" "${packages}/relations.c" "${packages}/workers.c")
target_include_directories(test_examples_packages PRIVATE "${packages}")
target_link_libraries(test_examples_packages PRIVATE test_packages_schema)
