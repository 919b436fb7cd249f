/* calendar.h — the days and instants that dates and datetimes may be.  Internal. */
#ifndef LIBSHM_CALENDAR_H
#define LIBSHM_CALENDAR_H

#include <stdint.h>

#define SHM_DAY_MIN INT32_C(-719162) /* 0001-01-01 */
#define SHM_DAY_MAX INT32_C(2932896) /* 9999-12-31 */

#define SHM_MICROS_A_DAY (INT64_C(24) * 60 * 60 * 1000000)
#define SHM_MICROS_MIN (SHM_DAY_MIN * SHM_MICROS_A_DAY)
#define SHM_MICROS_MAX ((SHM_DAY_MAX + 1) * SHM_MICROS_A_DAY - 1)

#endif
