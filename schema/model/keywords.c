#include "schema/model/keywords.h"

#include <string.h>

enum { C_WORD = 1, PYTHON_WORD = 2, BOTH = C_WORD | PYTHON_WORD };

/* In byte order.  Keywords of C (to C23) and C++ (to C++20) and what their headers or GNU C define
 * as macros, and the types of members, as C++ takes no member of the name of its own type; keywords
 * of Python 3. */
static const struct {
    const char *text;
    int languages;
} words[] = {
    {"EOF", C_WORD},
    {"False", PYTHON_WORD},
    {"I", C_WORD},
    {"NULL", C_WORD},
    {"None", PYTHON_WORD},
    {"True", PYTHON_WORD},
    {"_Alignas", C_WORD},
    {"_Alignof", C_WORD},
    {"_Atomic", C_WORD},
    {"_BitInt", C_WORD},
    {"_Bool", C_WORD},
    {"_Complex", C_WORD},
    {"_Decimal128", C_WORD},
    {"_Decimal32", C_WORD},
    {"_Decimal64", C_WORD},
    {"_Generic", C_WORD},
    {"_Imaginary", C_WORD},
    {"_Noreturn", C_WORD},
    {"_Static_assert", C_WORD},
    {"_Thread_local", C_WORD},
    {"alignas", C_WORD},
    {"alignof", C_WORD},
    {"and", BOTH},
    {"and_eq", C_WORD},
    {"as", PYTHON_WORD},
    {"asm", C_WORD},
    {"assert", BOTH},
    {"async", PYTHON_WORD},
    {"auto", C_WORD},
    {"await", PYTHON_WORD},
    {"bitand", C_WORD},
    {"bitor", C_WORD},
    {"bool", C_WORD},
    {"break", BOTH},
    {"case", C_WORD},
    {"catch", C_WORD},
    {"char", C_WORD},
    {"char16_t", C_WORD},
    {"char32_t", C_WORD},
    {"char8_t", C_WORD},
    {"class", BOTH},
    {"co_await", C_WORD},
    {"co_return", C_WORD},
    {"co_yield", C_WORD},
    {"compl", C_WORD},
    {"complex", C_WORD},
    {"concept", C_WORD},
    {"const", C_WORD},
    {"const_cast", C_WORD},
    {"consteval", C_WORD},
    {"constexpr", C_WORD},
    {"constinit", C_WORD},
    {"continue", BOTH},
    {"decltype", C_WORD},
    {"def", PYTHON_WORD},
    {"default", C_WORD},
    {"del", PYTHON_WORD},
    {"delete", C_WORD},
    {"do", C_WORD},
    {"double", C_WORD},
    {"dynamic_cast", C_WORD},
    {"elif", PYTHON_WORD},
    {"else", BOTH},
    {"enum", C_WORD},
    {"errno", C_WORD},
    {"except", PYTHON_WORD},
    {"explicit", C_WORD},
    {"export", C_WORD},
    {"extern", C_WORD},
    {"false", C_WORD},
    {"finally", PYTHON_WORD},
    {"float", C_WORD},
    {"for", BOTH},
    {"friend", C_WORD},
    {"from", PYTHON_WORD},
    {"global", PYTHON_WORD},
    {"goto", C_WORD},
    {"i386", C_WORD},
    {"if", BOTH},
    {"imaginary", C_WORD},
    {"import", PYTHON_WORD},
    {"in", PYTHON_WORD},
    {"inline", C_WORD},
    {"int", C_WORD},
    {"int16_t", C_WORD},
    {"int32_t", C_WORD},
    {"int64_t", C_WORD},
    {"int8_t", C_WORD},
    {"is", PYTHON_WORD},
    {"lambda", PYTHON_WORD},
    {"linux", C_WORD},
    {"long", C_WORD},
    {"mutable", C_WORD},
    {"namespace", C_WORD},
    {"new", C_WORD},
    {"noexcept", C_WORD},
    {"nonlocal", PYTHON_WORD},
    {"noreturn", C_WORD},
    {"not", BOTH},
    {"not_eq", C_WORD},
    {"nullptr", C_WORD},
    {"operator", C_WORD},
    {"or", BOTH},
    {"or_eq", C_WORD},
    {"pass", PYTHON_WORD},
    {"private", C_WORD},
    {"protected", C_WORD},
    {"public", C_WORD},
    {"raise", PYTHON_WORD},
    {"register", C_WORD},
    {"reinterpret_cast", C_WORD},
    {"requires", C_WORD},
    {"restrict", C_WORD},
    {"return", BOTH},
    {"shm_any", C_WORD},
    {"shm_bytes", C_WORD},
    {"shm_date", C_WORD},
    {"shm_datetime", C_WORD},
    {"shm_list_cell", C_WORD},
    {"shm_record_cell", C_WORD},
    {"shm_row_number", C_WORD},
    {"shm_string", C_WORD},
    {"shm_text_cell", C_WORD},
    {"shm_uuid", C_WORD},
    {"short", C_WORD},
    {"signed", C_WORD},
    {"sizeof", C_WORD},
    {"static", C_WORD},
    {"static_assert", C_WORD},
    {"static_cast", C_WORD},
    {"stderr", C_WORD},
    {"stdin", C_WORD},
    {"stdout", C_WORD},
    {"struct", C_WORD},
    {"switch", C_WORD},
    {"template", C_WORD},
    {"this", C_WORD},
    {"thread_local", C_WORD},
    {"throw", C_WORD},
    {"true", C_WORD},
    {"try", BOTH},
    {"typedef", C_WORD},
    {"typeid", C_WORD},
    {"typename", C_WORD},
    {"typeof", C_WORD},
    {"typeof_unqual", C_WORD},
    {"uint16_t", C_WORD},
    {"uint32_t", C_WORD},
    {"uint64_t", C_WORD},
    {"uint8_t", C_WORD},
    {"union", C_WORD},
    {"unix", C_WORD},
    {"unsigned", C_WORD},
    {"using", C_WORD},
    {"virtual", C_WORD},
    {"void", C_WORD},
    {"volatile", C_WORD},
    {"wchar_t", C_WORD},
    {"while", BOTH},
    {"with", PYTHON_WORD},
    {"xor", C_WORD},
    {"xor_eq", C_WORD},
    {"yield", PYTHON_WORD},
};

/* The languages that keep the name for themselves. */
static int languages_of(const char *name, size_t length)
{
    size_t low = 0;
    size_t high = sizeof words / sizeof *words;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const int order = strncmp(name, words[middle].text, length);
        if (order == 0 && words[middle].text[length] == '\0')
            return words[middle].languages;
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

bool shm_name_is_keyword(const char *name, size_t length)
{
    return languages_of(name, length) != 0;
}

bool shm_name_is_c_word(const char *name)
{
    return (languages_of(name, strlen(name)) & C_WORD) != 0;
}

bool shm_name_is_python_word(const char *name)
{
    return (languages_of(name, strlen(name)) & PYTHON_WORD) != 0;
}
