/* text_time.c — dates and datetimes as text of ISO 8601.
 *
 * Days are counted in years that begin with March, so that the leap day is the last of its year and
 * months are a linear function: day 0 is the first of March of year 0. */
#include <shm/text.h>

#include "libshm/calendar.h"
#include "libshm/number.h"

enum {
    DAYS_TO_1970 = 719468, /* from day 0 */
    DATE_LENGTH = 10,
    TIME_LENGTH = 9, /* T12:34:56 */
    FRACTION_LENGTH = 7,
    ZONE_LENGTH = 6,
    ZONE_MINUTES_MAX = 23 * 60 + 59,
    YEAR_MAX = 9999
};

#define MICROS_A_SECOND INT64_C(1000000)
#define MICROS_A_MINUTE (60 * MICROS_A_SECOND)

/* The days before the first of March of `year` >= 0. */
static int32_t days_before_year(int32_t year)
{
    return year * 365 + year / 4 - year / 100 + year / 400;
}

/* The days before the first of a month, in a year that begins with March (month 0). */
static int32_t days_before_month(int32_t month)
{
    return (month * 153 + 2) / 5;
}

static bool is_leap(int32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int32_t days_of_month(int32_t year, int32_t month)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static char *write_digits(char *at, int32_t value, int count)
{
    for (int i = count - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + count;
}

/* `count` digits; false if one of them is none. */
static bool read_digits(const char *at, int count, int32_t *value)
{
    int32_t sum = 0;
    for (int i = 0; i < count; i++) {
        if (!shm_is_digit(at[i])) {
            return false;
        }
        sum = sum * 10 + (at[i] - '0');
    }
    *value = sum;
    return true;
}

/* Writes the day, which lies in the years 1 to 9999. */
static char *write_day(char *at, int32_t days)
{
    const int32_t day_count = days + DAYS_TO_1970;
    int32_t year = (int32_t)((int64_t)day_count * 400 / 146097);
    if (days_before_year(year + 1) <= day_count) {
        year++;
    } else if (days_before_year(year) > day_count) {
        year--;
    }
    const int32_t day_of_year = day_count - days_before_year(year);
    const int32_t month = (day_of_year * 5 + 2) / 153;
    const int32_t day = day_of_year - days_before_month(month) + 1;
    at = write_digits(at, month < 10 ? year : year + 1, 4);
    *at++ = '-';
    at = write_digits(at, month < 10 ? month + 3 : month - 9, 2);
    *at++ = '-';
    return write_digits(at, day, 2);
}

/* Reads DATE_LENGTH bytes. */
static bool read_day(const char *at, int32_t *days)
{
    int32_t year;
    int32_t month;
    int32_t day;
    if (!read_digits(at, 4, &year) || at[4] != '-' || !read_digits(at + 5, 2, &month) ||
        at[7] != '-' || !read_digits(at + 8, 2, &day)) {
        return false;
    }
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month)) {
        return false;
    }
    const int32_t shifted_year = month > 2 ? year : year - 1;
    const int32_t shifted_month = month > 2 ? month - 3 : month + 9;
    *days =
        days_before_year(shifted_year) + days_before_month(shifted_month) + day - 1 - DAYS_TO_1970;
    return true;
}

bool shm_date_valid(shm_date date)
{
    return date.days >= SHM_DAY_MIN && date.days <= SHM_DAY_MAX;
}

size_t shm_date_text(shm_date date, char *text)
{
    if (!shm_date_valid(date)) {
        memcpy(text, "0000-00-00", DATE_LENGTH + 1);
        return DATE_LENGTH;
    }
    *write_day(text, date.days) = '\0';
    return DATE_LENGTH;
}

bool shm_date_read(shm_string text, shm_date *date)
{
    return text.length == DATE_LENGTH && read_day(text.data, &date->days);
}

static bool in_years(int64_t micros)
{
    return micros >= SHM_MICROS_MIN && micros <= SHM_MICROS_MAX;
}

bool shm_datetime_valid(shm_datetime datetime)
{
    const int16_t zone = datetime.zone_minutes;
    if (datetime.zone_given > 1 || datetime.zero != 0 || zone < -ZONE_MINUTES_MAX ||
        zone > ZONE_MINUTES_MAX || (zone != 0 && datetime.zone_given == 0)) {
        return false;
    }
    return in_years(datetime.micros) && in_years(datetime.micros + zone * MICROS_A_MINUTE);
}

static char *write_time(char *at, int64_t micros_of_day)
{
    const int32_t seconds = (int32_t)(micros_of_day / MICROS_A_SECOND);
    const int32_t fraction = (int32_t)(micros_of_day % MICROS_A_SECOND);
    *at++ = 'T';
    at = write_digits(at, seconds / 3600, 2);
    *at++ = ':';
    at = write_digits(at, seconds / 60 % 60, 2);
    *at++ = ':';
    at = write_digits(at, seconds % 60, 2);
    if (fraction != 0) {
        *at++ = '.';
        at = write_digits(at, fraction, 6);
    }
    return at;
}

size_t shm_datetime_text(shm_datetime datetime, char *text)
{
    char *at = text;
    if (!shm_datetime_valid(datetime)) {
        static const char invalid[] = "0000-00-00T00:00:00Z";
        memcpy(text, invalid, sizeof invalid);
        return sizeof invalid - 1;
    }
    /* From SHM_MICROS_MIN on, so that the quotient rounds down. */
    const int64_t local =
        datetime.micros + datetime.zone_minutes * MICROS_A_MINUTE - SHM_MICROS_MIN;
    at = write_day(at, (int32_t)(local / SHM_MICROS_A_DAY) + SHM_DAY_MIN);
    at = write_time(at, local % SHM_MICROS_A_DAY);
    if (datetime.zone_given != 0) {
        const int32_t minutes = datetime.zone_minutes;
        const int32_t magnitude = minutes < 0 ? -minutes : minutes;
        *at++ = minutes < 0 ? '-' : '+';
        at = write_digits(at, magnitude / 60, 2);
        *at++ = ':';
        at = write_digits(at, magnitude % 60, 2);
    } else {
        *at++ = 'Z';
    }
    *at = '\0';
    return (size_t)(at - text);
}

/* Reads TIME_LENGTH bytes. */
static bool read_time(const char *at, int64_t *micros)
{
    int32_t hours;
    int32_t minutes;
    int32_t seconds;
    if (at[0] != 'T' || !read_digits(at + 1, 2, &hours) || at[3] != ':' ||
        !read_digits(at + 4, 2, &minutes) || at[6] != ':' || !read_digits(at + 7, 2, &seconds)) {
        return false;
    }
    if (hours > 23 || minutes > 59 || seconds > 59) {
        return false;
    }
    *micros = (hours * INT64_C(3600) + minutes * 60 + seconds) * MICROS_A_SECOND;
    return true;
}

/* Reads "Z" or ±hh:mm to the end.  -00:00 has no meaning in ISO 8601. */
static bool read_zone(const char *at, size_t left, shm_datetime *datetime)
{
    if (left == 1) {
        return at[0] == 'Z';
    }
    int32_t hours;
    int32_t minutes;
    if (left != ZONE_LENGTH || (at[0] != '+' && at[0] != '-') || !read_digits(at + 1, 2, &hours) ||
        at[3] != ':' || !read_digits(at + 4, 2, &minutes) || hours > 23 || minutes > 59) {
        return false;
    }
    const int32_t magnitude = hours * 60 + minutes;
    if (magnitude == 0 && at[0] == '-') {
        return false;
    }
    datetime->zone_minutes = (int16_t)(at[0] == '-' ? -magnitude : magnitude);
    datetime->zone_given = 1;
    return true;
}

bool shm_datetime_read(shm_string text, shm_datetime *datetime)
{
    if (text.length <= DATE_LENGTH + TIME_LENGTH) {
        return false;
    }
    int32_t days;
    int64_t micros_of_day;
    if (!read_day(text.data, &days) || !read_time(text.data + DATE_LENGTH, &micros_of_day)) {
        return false;
    }
    size_t at = DATE_LENGTH + TIME_LENGTH;
    int32_t fraction = 0;
    if (text.data[at] == '.') {
        if (text.length - at <= FRACTION_LENGTH ||
            !read_digits(text.data + at + 1, FRACTION_LENGTH - 1, &fraction)) {
            return false;
        }
        at += FRACTION_LENGTH;
    }
    shm_datetime found = {0};
    if (!read_zone(text.data + at, text.length - at, &found)) {
        return false;
    }
    found.micros =
        days * SHM_MICROS_A_DAY + micros_of_day + fraction - found.zone_minutes * MICROS_A_MINUTE;
    if (!in_years(found.micros)) {
        return false;
    }
    *datetime = found;
    return true;
}
