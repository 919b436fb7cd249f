#include <criterion/criterion.h>

#include <shm/text.h>

#include "libshm/hash.h"

static shm_string text_of(const char *text)
{
    return shm_string_of(text, strlen(text));
}

static int32_t days_of(const char *text)
{
    shm_date date = {12345678};
    cr_assert(shm_date_read(text_of(text), &date), "%s", text);
    cr_assert(shm_date_valid(date));
    return date.days;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Every day there is, by counting. */
Test(date, all_days_follow_each_other)
{
    static const int days_of_months[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int32_t days = -719162;
    for (int year = 1; year <= 9999; year++) {
        for (int month = 1; month <= 12; month++) {
            const int count = days_of_months[month - 1] + (month == 2 && is_leap(year));
            for (int day = 1; day <= count; day++, days++) {
                char text[SHM_DATE_TEXT_BYTES];
                shm_date back = {0};
                const size_t length = shm_date_text((shm_date){days}, text);
                const int number = (text[0] - '0') * 1000 + (text[1] - '0') * 100 +
                                   (text[2] - '0') * 10 + (text[3] - '0');
                if (length != 10 || text[10] != '\0' || number != year ||
                    (text[5] - '0') * 10 + text[6] - '0' != month ||
                    (text[8] - '0') * 10 + text[9] - '0' != day ||
                    !shm_date_read(shm_string_of(text, length), &back) || back.days != days) {
                    cr_assert_fail("%d-%d-%d became %s", year, month, day, text);
                }
            }
        }
    }
    cr_assert_eq(days, 2932897);
}

Test(date, known_days)
{
    cr_assert_eq(days_of("1970-01-01"), 0);
    cr_assert_eq(days_of("1969-12-31"), -1);
    cr_assert_eq(days_of("2000-02-29"), 11016);
    cr_assert_eq(days_of("2024-02-29"), 19782);
    cr_assert_eq(days_of("0001-01-01"), -719162);
    cr_assert_eq(days_of("9999-12-31"), 2932896);
}

Test(date, valid_ends_with_the_years)
{
    cr_assert(shm_date_valid((shm_date){-719162}));
    cr_assert_not(shm_date_valid((shm_date){-719163}));
    cr_assert(shm_date_valid((shm_date){2932896}));
    cr_assert_not(shm_date_valid((shm_date){2932897}));
    cr_assert_not(shm_date_valid((shm_date){INT32_MIN}));
    cr_assert_not(shm_date_valid((shm_date){INT32_MAX}));
}

Test(date, what_is_not_valid_has_a_text_that_is_no_date)
{
    char text[SHM_DATE_TEXT_BYTES];
    shm_date date = {5};
    cr_assert_eq(shm_date_text((shm_date){INT32_MAX}, text), 10);
    cr_assert_str_eq(text, "0000-00-00");
    cr_assert_not(shm_date_read(text_of(text), &date));
    cr_assert_eq(date.days, 5);
}

Test(date, refuses_what_is_none)
{
    static const char *const wrong[] = {
        "",           "2024",       "2024-02",     "2024-2-29",   "2023-02-29",
        "1900-02-29", "2100-02-29", "2024-02-30",  "2024-04-31",  "2024-00-10",
        "2024-13-10", "2024-01-00", "2024-01-32",  "0000-01-01",  "10000-01-01",
        "-001-01-01", "2024/01/01", "20240101",    "2024-01-01 ", " 2024-01-01",
        "2024-01-0x", "202a-01-01", "2024-01-01Z", "2024-+1-01",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        shm_date date = {5};
        cr_assert_not(shm_date_read(text_of(wrong[i]), &date), "%s", wrong[i]);
        cr_assert_eq(date.days, 5);
    }
    shm_date date;
    cr_assert(shm_date_read(SHM_STR("2000-02-29"), &date));
    cr_assert_not(shm_date_read(shm_string_of(NULL, 0), &date));
}

static const int64_t second = 1000000;
static const int64_t first_instant = -INT64_C(62135596800000000);
static const int64_t last_instant = INT64_C(253402300799999999);

static shm_datetime instant(int64_t micros)
{
    return (shm_datetime){.micros = micros};
}

static shm_datetime in_zone(int64_t micros, int minutes)
{
    return (shm_datetime){.micros = micros, .zone_minutes = (int16_t)minutes, .zone_given = 1};
}

static bool same(shm_datetime a, shm_datetime b)
{
    return a.micros == b.micros && a.zone_minutes == b.zone_minutes &&
           a.zone_given == b.zone_given && a.zero == b.zero;
}

/* The text and the datetime are one another's. */
static void check(shm_datetime datetime, const char *text)
{
    char written[SHM_DATETIME_TEXT_BYTES];
    shm_datetime read = instant(1);
    cr_assert(shm_datetime_valid(datetime), "%s", text);
    cr_assert_eq(shm_datetime_text(datetime, written), strlen(text));
    cr_assert_str_eq(written, text);
    cr_assert(shm_datetime_read(text_of(text), &read), "%s", text);
    cr_assert(same(read, datetime), "%s", text);
}

Test(datetime, known_texts)
{
    check(instant(0), "1970-01-01T00:00:00Z");
    check(instant(-1), "1969-12-31T23:59:59.999999Z");
    check(instant(1), "1970-01-01T00:00:00.000001Z");
    check(instant(1709208000 * second), "2024-02-29T12:00:00Z");
    check(in_zone(1709208000 * second, 0), "2024-02-29T12:00:00+00:00");
    check(in_zone(1709208000 * second + 1, 120), "2024-02-29T14:00:00.000001+02:00");
    check(in_zone(1709208000 * second, -1439), "2024-02-28T12:01:00-23:59");
    check(in_zone(1709208000 * second, 1439), "2024-03-01T11:59:00+23:59");
    check(in_zone(1709208000 * second, -30), "2024-02-29T11:30:00-00:30");
    check(instant(first_instant), "0001-01-01T00:00:00Z");
    check(instant(last_instant), "9999-12-31T23:59:59.999999Z");
}

Test(datetime, a_fraction_of_zeros_is_none)
{
    shm_datetime datetime;
    cr_assert(shm_datetime_read(SHM_STR("1970-01-01T00:00:01.000000Z"), &datetime));
    cr_assert(same(datetime, instant(second)));
}

Test(datetime, instant_and_local_time_stay_in_the_years)
{
    check(in_zone(first_instant, 60), "0001-01-01T01:00:00+01:00");
    check(in_zone(last_instant, -1), "9999-12-31T23:58:59.999999-00:01");
    cr_assert_not(shm_datetime_valid(instant(first_instant - 1)));
    cr_assert_not(shm_datetime_valid(instant(last_instant + 1)));
    cr_assert_not(shm_datetime_valid(instant(INT64_MIN)));
    cr_assert_not(shm_datetime_valid(instant(INT64_MAX)));
    cr_assert_not(shm_datetime_valid(in_zone(first_instant, -1)));
    cr_assert_not(shm_datetime_valid(in_zone(last_instant, 1)));
    cr_assert(shm_datetime_valid(in_zone(first_instant + 60 * second, -1)));
    cr_assert_not(shm_datetime_valid(in_zone(first_instant + 60 * second - 1, -1)));
    shm_datetime datetime = instant(5);
    cr_assert_not(shm_datetime_read(SHM_STR("0001-01-01T00:59:59+01:00"), &datetime));
    cr_assert_not(shm_datetime_read(SHM_STR("9999-12-31T23:59:00-00:01"), &datetime));
    cr_assert(same(datetime, instant(5)));
}

Test(datetime, valid_asks_for_a_canonical_zone)
{
    cr_assert(shm_datetime_valid(in_zone(0, 1439)));
    cr_assert(shm_datetime_valid(in_zone(0, -1439)));
    cr_assert_not(shm_datetime_valid(in_zone(0, 1440)));
    cr_assert_not(shm_datetime_valid(in_zone(0, -1440)));
    cr_assert_not(shm_datetime_valid(in_zone(0, INT16_MIN)));
    shm_datetime datetime = in_zone(0, 60);
    datetime.zone_given = 0;
    cr_assert_not(shm_datetime_valid(datetime));
    datetime.zone_given = 2;
    cr_assert_not(shm_datetime_valid(datetime));
    datetime = instant(0);
    datetime.zero = 1;
    cr_assert_not(shm_datetime_valid(datetime));
    char text[SHM_DATETIME_TEXT_BYTES];
    cr_assert_eq(shm_datetime_text(datetime, text), strlen(text));
    cr_assert_not(shm_datetime_read(text_of(text), &datetime));
}

Test(datetime, round_trips)
{
    const uint64_t range = (uint64_t)(last_instant - first_instant) + 1;
    for (uint64_t i = 0; i < 200000; i++) {
        shm_datetime datetime =
            instant(first_instant + (int64_t)shm_multiply_high(shm_mix64(i, 1), range));
        if (i % 2 == 0) {
            datetime.micros -= datetime.micros % second;
        }
        if (i % 3 != 0) {
            datetime.zone_given = 1;
            datetime.zone_minutes = (int16_t)((int)(shm_mix64(i, 2) >> 32) % 1440);
        }
        if (!shm_datetime_valid(datetime)) {
            continue;
        }
        char text[SHM_DATETIME_TEXT_BYTES];
        shm_datetime back;
        const size_t length = shm_datetime_text(datetime, text);
        if (length != strlen(text) || !shm_datetime_read(shm_string_of(text, length), &back) ||
            !same(back, datetime)) {
            cr_assert_fail("%lld became %s", (long long)datetime.micros, text);
        }
    }
}

Test(datetime, refuses_what_is_none)
{
    static const char *const wrong[] = {
        "",
        "2024-02-29",
        "2024-02-29T12:00:00",
        "2024-02-29T12:00Z",
        "2024-02-29 12:00:00Z",
        "2024-02-29t12:00:00Z",
        "2024-02-29T12:00:00z",
        "2024-02-29T24:00:00Z",
        "2024-02-29T12:60:00Z",
        "2024-02-29T12:00:60Z",
        "2023-02-29T12:00:00Z",
        "0000-12-31T12:00:00Z",
        "10000-01-01T12:00:00Z",
        "2024-02-29T12:00:00.Z",
        "2024-02-29T12:00:00.1Z",
        "2024-02-29T12:00:00.12345Z",
        "2024-02-29T12:00:00.1234567Z",
        "2024-02-29T12:00:00.123456",
        "2024-02-29T12:00:00,123456Z",
        "2024-02-29T12:00:00.12345xZ",
        "2024-02-29T12:00:00+24:00",
        "2024-02-29T12:00:00+23:60",
        "2024-02-29T12:00:00+2:00",
        "2024-02-29T12:00:00+02",
        "2024-02-29T12:00:00+0200",
        "2024-02-29T12:00:00+02:00Z",
        "2024-02-29T12:00:00 02:00",
        "2024-02-29T12:00:00-00:00",
        "2024-02-29T12:00:00Z ",
        " 2024-02-29T12:00:00Z",
        "2024-02-29T12:00:00ZZ",
        "20240229T120000Z",
        "2024-02-29T12-00-00Z",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        shm_datetime datetime = instant(5);
        cr_assert_not(shm_datetime_read(text_of(wrong[i]), &datetime), "%s", wrong[i]);
        cr_assert(same(datetime, instant(5)));
    }
    /* Every beginning of a datetime is none. */
    const char whole[] = "2024-02-29T12:00:00.123456+02:00";
    shm_datetime datetime;
    for (size_t length = 0; length < sizeof whole - 1; length++) {
        cr_assert_not(shm_datetime_read(shm_string_of(whole, length), &datetime), "%zu", length);
    }
    cr_assert(shm_datetime_read(SHM_STR("2024-02-29T12:00:00.123456+02:00"), &datetime));
}
