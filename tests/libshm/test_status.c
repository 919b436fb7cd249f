#include <criterion/criterion.h>
#include <string.h>

#include <shm/status.h>

static const struct {
    int number;
    const char *name;
} pinned[] = {
    {0, "SHM_OK"},
    {1, "SHM_INVALID"},
    {2, "SHM_BAD_SCHEMA"},
    {3, "SHM_DUPLICATE_KEY"},
    {4, "SHM_LIMIT"},
    {5, "SHM_NO_MEMORY"},
    {6, "SHM_IO"},
    {7, "SHM_NO_SPACE"},
    {8, "SHM_NOT_IMAGE"},
    {9, "SHM_TRUNCATED"},
    {10, "SHM_CORRUPT"},
    {11, "SHM_WRONG_VERSION"},
    {12, "SHM_WRONG_BYTE_ORDER"},
    {13, "SHM_SCHEMA_MISMATCH"},
    {14, "SHM_NOT_FOUND"},
    {15, "SHM_ABORTED"},
    {16, "SHM_LOCKED"},
};
enum { COUNT = sizeof pinned / sizeof pinned[0] };

Test(status, values_and_names_are_pinned)
{
    for (size_t i = 0; i < COUNT; i++) {
        cr_assert_str_eq(shm_status_name((shm_status)pinned[i].number), pinned[i].name);
    }
}

Test(status, each_has_one_line_of_its_own)
{
    for (int i = 0; i < COUNT; i++) {
        const char *text = shm_status_text((shm_status)i);
        cr_assert_gt(strlen(text), 3);
        cr_assert_null(strchr(text, '\n'));
        for (int other = 0; other < i; other++) {
            cr_assert_str_neq(text, shm_status_text((shm_status)other));
        }
    }
}

Test(status, others_have_a_name_and_a_text_too)
{
    static const int others[] = {COUNT, 1000000, -1};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        cr_assert_str_eq(shm_status_name((shm_status)others[i]), "SHM_UNKNOWN");
        cr_assert_not_null(shm_status_text((shm_status)others[i]));
    }
}

Test(version, is_stated)
{
    cr_assert_str_eq(shm_version(), "0.1.0");
    cr_assert_str_eq(shm_format_version(), "1.0");
}
