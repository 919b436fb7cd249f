#include "schema/model/keywords.h"

#include <string.h>

/* In byte order.  C11, C++20, Python 3.11. */
static const char *const keywords[] = {
    "False",          "None",          "True",          "_Alignas",      "_Alignof",
    "_Atomic",        "_Bool",         "_Complex",      "_Generic",      "_Imaginary",
    "_Noreturn",      "_Static_assert", "_Thread_local", "alignas",      "alignof",
    "and",            "and_eq",        "as",            "asm",           "assert",
    "async",          "auto",          "await",         "bitand",        "bitor",
    "bool",           "break",         "case",          "catch",         "char",
    "char16_t",       "char32_t",      "char8_t",       "class",         "co_await",
    "co_return",      "co_yield",      "compl",         "concept",       "const",
    "const_cast",     "consteval",     "constexpr",     "constinit",     "continue",
    "decltype",       "def",           "default",       "del",           "delete",
    "do",             "double",        "dynamic_cast",  "elif",          "else",
    "enum",           "except",        "explicit",      "export",        "extern",
    "false",          "finally",       "float",         "for",           "friend",
    "from",           "global",        "goto",          "if",            "import",
    "in",             "inline",        "int",           "is",            "lambda",
    "long",           "mutable",       "namespace",     "new",           "noexcept",
    "nonlocal",       "not",           "not_eq",        "nullptr",       "operator",
    "or",             "or_eq",         "pass",          "private",       "protected",
    "public",         "raise",         "register",      "reinterpret_cast", "requires",
    "restrict",       "return",        "short",         "signed",        "sizeof",
    "static",         "static_assert", "static_cast",   "struct",        "switch",
    "template",       "this",          "thread_local",  "throw",         "true",
    "try",            "typedef",       "typeid",        "typename",      "typeof",
    "union",          "unsigned",      "using",         "virtual",       "void",
    "volatile",       "wchar_t",       "while",         "with",          "xor",
    "xor_eq",         "yield",
};

bool shm_name_is_keyword(const char *name, size_t length)
{
    size_t low = 0;
    size_t high = sizeof keywords / sizeof *keywords;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const int order = strncmp(name, keywords[middle], length);
        if (order == 0 && keywords[middle][length] == '\0')
            return true;
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}
