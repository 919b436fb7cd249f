# word_index.c for more kinds of processors, and in plain C.  Where the machine lacks one, it checks
# next to nothing.
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    set(plain -U__SSE2__)
    set(avx2 -mavx2)
    set(avx512 -mavx512dq)
    foreach(kind plain avx2 avx512)
        add_program(test_process_word_index_${kind} process/word_index.c "")
        target_compile_options(test_process_word_index_${kind} PRIVATE ${${kind}})
        add_case(process_word_index_${kind} plain LABELS process
            COMMAND $<TARGET_FILE:test_process_word_index_${kind}>)
    endforeach()
endif()
