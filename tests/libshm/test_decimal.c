#include <criterion/criterion.h>
#include <string.h>

#include <shm/text.h>

Test(decimal, takes_numbers_as_json_writes_them)
{
    static const char *const right[] = {"0",
                                        "-0",
                                        "1",
                                        "0.10",
                                        "-12.50",
                                        "1e5",
                                        "1E+5",
                                        "1e-5",
                                        "0e0",
                                        "1e05",
                                        "10.0e-00",
                                        "123456789012345678901234567890.1",
                                        "1e999999999999999999999999"};
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        cr_assert(shm_decimal_valid(shm_string_of(right[i], strlen(right[i]))), "%s", right[i]);
    }
}

Test(decimal, refuses_everything_else)
{
    static const char *const wrong[] = {
        "",         "-",    ".5",    "5.", "+5",  "05",  "-05",   "1e",      "1e+",
        "e5",       "1.e5", " 1",    "1 ", "1,5", "NaN", "1.2.3", "1e5.0",   "--1",
        "Infinity", "0x1",  "1e5e5", "1-", "-.5", "00",  "1e--5", "\xd9\xa1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        cr_assert_not(shm_decimal_valid(shm_string_of(wrong[i], strlen(wrong[i]))), "%s", wrong[i]);
    }
    cr_assert_not(shm_decimal_valid(shm_string_of("1\0", 2)));
    cr_assert_not(shm_decimal_valid(shm_string_of(NULL, 0)));
}

Test(decimal, has_a_limit)
{
    static char digits[SHM_DECIMAL_LENGTH_MAX + 1];
    memset(digits, '7', sizeof digits);
    cr_assert(shm_decimal_valid(shm_string_of(digits, SHM_DECIMAL_LENGTH_MAX - 1)));
    cr_assert(shm_decimal_valid(shm_string_of(digits, SHM_DECIMAL_LENGTH_MAX)));
    cr_assert_not(shm_decimal_valid(shm_string_of(digits, SHM_DECIMAL_LENGTH_MAX + 1)));
}
