# word_index.c for more kinds of processors.  Where the machine lacks one, it checks next to nothing.
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    foreach(kind avx2 avx512dq)
        add_program(test_process_word_index_${kind} process/word_index.c "")
        target_compile_options(test_process_word_index_${kind} PRIVATE -m${kind})
        add_case(process_word_index_${kind} plain LABELS process
            COMMAND $<TARGET_FILE:test_process_word_index_${kind}>)
    endforeach()
endif()
