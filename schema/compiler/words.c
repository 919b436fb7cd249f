#include "schema/compiler/words.h"

#include <stddef.h>
#include <string.h>

static const char *const c_words[] = {
    "alignas",       "alignof",      "and",          "and_eq",        "asm",
    "auto",          "bitand",       "bitor",        "bool",          "break",
    "case",          "catch",        "char",         "char16_t",      "char32_t",
    "char8_t",       "class",        "co_await",     "co_return",     "co_yield",
    "compl",         "concept",      "const",        "const_cast",    "consteval",
    "constexpr",     "constinit",    "continue",     "decltype",      "default",
    "delete",        "do",           "double",       "dynamic_cast",  "else",
    "enum",          "explicit",     "export",       "extern",        "false",
    "float",         "for",          "friend",       "goto",          "if",
    "inline",        "int",          "long",         "mutable",       "namespace",
    "new",           "noexcept",     "not",          "not_eq",        "nullptr",
    "operator",      "or",           "or_eq",        "private",       "protected",
    "public",        "register",     "reinterpret_cast", "requires",  "restrict",
    "return",        "short",        "signed",       "sizeof",        "static",
    "static_assert", "static_cast",  "struct",       "switch",        "template",
    "this",          "thread_local", "throw",        "true",          "try",
    "typedef",       "typeid",       "typename",     "typeof",        "typeof_unqual",
    "union",         "unsigned",     "using",        "virtual",       "void",
    "volatile",      "wchar_t",      "while",        "xor",           "xor_eq",
    "_Alignas",      "_Alignof",     "_Atomic",      "_BitInt",       "_Bool",
    "_Complex",      "_Decimal128",  "_Decimal32",   "_Decimal64",    "_Generic",
    "_Imaginary",    "_Noreturn",    "_Static_assert", "_Thread_local", "asm",
    "linux",         "unix",         "i386",         "errno",         "NULL",
    "EOF",           "stdin",        "stdout",       "stderr",        "I",
    "complex",       "imaginary",    "noreturn",     "assert",
};

static const char *const python_words[] = {
    "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
    "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
    "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
    "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield",
};

static bool is_in(const char *name, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, words[i]) == 0)
            return true;
    }
    return false;
}

bool shm_is_c_word(const char *name)
{
    return is_in(name, c_words, sizeof c_words / sizeof *c_words);
}

bool shm_is_python_word(const char *name)
{
    return is_in(name, python_words, sizeof python_words / sizeof *python_words);
}
