/* rows_pack.c — plans applied to rows. */
#include "collections/array/rows_pack.h"

#include <string.h>

#include <shm/text.h>

#include "collections/array/rows_pack_value.h"
#include "libshm/calendar.h"

enum { FEW_BYTES = 64 };

/* The values of a step in all rows, as lines of values: the inner loop is the longer one. */
struct grid {
    unsigned char *at;
    uint64_t line_count;
    uint64_t line_stride;
    uint64_t count; /* in a line */
    uint64_t stride;
};

static struct grid grid_of(const struct shm_pack_step *step, const shm_pack *pack,
                           unsigned char *rows, size_t row_count)
{
    struct grid grid = {.at = rows + step->offset,
                        .line_count = row_count,
                        .line_stride = pack->row_size,
                        .count = step->count,
                        .stride = step->stride};
    if (step->count == 1) {
        grid.line_count = 1;
        grid.count = row_count;
        grid.stride = pack->row_size;
    } else if (step->count * step->stride == pack->row_size) {
        grid.line_count = 1;
        grid.count *= row_count;
    }
    return grid;
}

/* ---- floats ---- */

#define WIDE_NAN UINT64_C(0x7ff8000000000000)
#define NARROW_NAN UINT32_C(0x7fc00000)

/* Without the sign, the bits of every NaN are above those of infinity. */
ALWAYS_INLINE bool is_nan(uint64_t word, size_t size)
{
    return size == sizeof(double) ? word << 1 > UINT64_C(0x7ff0000000000000) << 1
                                  : (uint32_t)word << 1 > UINT32_C(0x7f800000) << 1;
}

ALWAYS_INLINE bool has_nan(const unsigned char *at, uint64_t count, uint64_t stride, size_t size)
{
    unsigned any = 0;
    uint64_t i = 0;
    for (; i + 4 <= count; i += 4, at += 4 * stride) {
        any |= (unsigned)is_nan(word_at(at, size), size) |
               (unsigned)is_nan(word_at(at + stride, size), size) |
               (unsigned)is_nan(word_at(at + 2 * stride, size), size) |
               (unsigned)is_nan(word_at(at + 3 * stride, size), size);
    }
    for (; i < count; i++, at += stride) {
        any |= (unsigned)is_nan(word_at(at, size), size);
    }
    return any != 0;
}

ALWAYS_INLINE void settle_floats(unsigned char *at, uint64_t count, uint64_t stride, uint64_t nan,
                                 size_t size)
{
    if (!has_nan(at, count, stride, size)) {
        return;
    }
    for (uint64_t i = 0; i < count; i++, at += stride) {
        if (is_nan(word_at(at, size), size)) {
            memcpy(at, &nan, size);
        }
    }
}

void shm_nan_settle(shm_kind kind, unsigned char *at, uint64_t count, uint64_t stride)
{
    if (kind == SHM_F64) {
        if (stride == sizeof(double)) { /* a constant lets the loop be unrolled further */
            settle_floats(at, count, sizeof(double), WIDE_NAN, sizeof(double));
        } else {
            settle_floats(at, count, stride, WIDE_NAN, sizeof(double));
        }
    } else if (kind == SHM_F32) {
        if (stride == sizeof(float)) {
            settle_floats(at, count, sizeof(float), NARROW_NAN, sizeof(float));
        } else {
            settle_floats(at, count, stride, NARROW_NAN, sizeof(float));
        }
    }
}

/* ---- what passes or not ---- */

ALWAYS_INLINE bool in_range(const unsigned char *at, const struct grid *grid, uint64_t least,
                            uint64_t span, size_t size)
{
    const uint64_t all = size == 8 ? UINT64_MAX : (UINT64_C(1) << (8 * size % 64)) - 1;
    unsigned any = 0;
    for (uint64_t i = 0; i < grid->count; i++, at += grid->stride) {
        any |= (unsigned)(((word_at(at, size) - least) & all) > span);
    }
    return any == 0;
}

static bool line_in_range(const struct shm_pack_step *step, const struct grid *grid,
                          const unsigned char *at)
{
    switch (step->size) {
    case 1:
        return in_range(at, grid, step->least, step->span, 1);
    case 2:
        return in_range(at, grid, step->least, step->span, 2);
    case 4:
        return in_range(at, grid, step->least, step->span, 4);
    default:
        return in_range(at, grid, step->least, step->span, 8);
    }
}

static bool enums_pass(const struct shm_pack_step *step, const struct grid *grid,
                       const unsigned char *at)
{
    bool all = true;
    for (uint64_t i = 0; i < grid->count; i++, at += grid->stride) {
        all = passes(step, at) && all;
    }
    return all;
}

static bool datetimes_pass(const struct grid *grid, const unsigned char *at)
{
    for (uint64_t i = 0; i < grid->count; i++, at += grid->stride) {
        shm_datetime value;
        memcpy(&value, at, sizeof value);
        const bool is_usual = value.zone_minutes == 0 && value.zone_given <= 1 &&
                              value.micros >= SHM_MICROS_MIN && value.micros <= SHM_MICROS_MAX;
        if (!is_usual && !shm_datetime_valid(value)) {
            return false;
        }
    }
    return true;
}

/* A presence word's bits that must not be: those of no field, and nulls that are not given. */
ALWAYS_INLINE uint64_t wrong_bits(const struct shm_pack_step *step, uint64_t word)
{
    return (word & ~step->bits) | (word & ~(word << 1) & step->nulls);
}

static bool presence_passes(const struct shm_pack_step *step, const struct grid *grid,
                            const unsigned char *at)
{
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < grid->count; i++, at += grid->stride) {
        wrong |= wrong_bits(step, word_at(at, 8));
    }
    return wrong == 0;
}

/* ---- what becomes zero ---- */

ALWAYS_INLINE void zero_each(unsigned char *at, const struct grid *grid, size_t size)
{
    for (uint64_t i = 0; i < grid->count; i++, at += grid->stride) {
        memset(at, 0, size);
    }
}

static void zero_line(const struct shm_pack_step *step, const struct grid *grid, unsigned char *at)
{
    switch (step->size) {
    case 1:
        zero_each(at, grid, 1);
        break;
    case 2:
        zero_each(at, grid, 2);
        break;
    case 3:
        zero_each(at, grid, 3);
        break;
    case 4:
        zero_each(at, grid, 4);
        break;
    case 6:
        zero_each(at, grid, 6);
        break;
    case 7:
        zero_each(at, grid, 7);
        break;
    default:
        zero_each(at, grid, (size_t)step->size);
    }
}

/* ---- all of it ---- */

static bool settle_line(const struct shm_pack_step *step, const struct grid *grid,
                        unsigned char *at)
{
    switch (step->act) {
    case SHM_PACK_ZERO:
        zero_line(step, grid, at);
        return true;
    case SHM_PACK_PRESENCE:
        return presence_passes(step, grid, at);
    case SHM_PACK_RANGE:
        return line_in_range(step, grid, at);
    case SHM_PACK_BITS:
    case SHM_PACK_ENUM:
        return enums_pass(step, grid, at);
    case SHM_PACK_DATETIME:
        return datetimes_pass(grid, at);
    case SHM_PACK_F32:
        shm_nan_settle(SHM_F32, at, grid->count, grid->stride);
        return true;
    default:
        shm_nan_settle(SHM_F64, at, grid->count, grid->stride);
        return true;
    }
}

static bool settle_step(const struct shm_pack_step *step, const shm_pack *pack, unsigned char *rows,
                        size_t row_count)
{
    if (step->act == SHM_PACK_ABSENT) {
        shm_gated_zero(step, pack->row_size, rows, row_count);
        return true;
    }
    if (step->gate != 0) {
        return shm_gated_pass(step, pack->row_size, rows, row_count);
    }
    const struct grid grid = grid_of(step, pack, rows, row_count);
    unsigned char *at = grid.at;
    for (uint64_t line = 0; line < grid.line_count; line++, at += grid.line_stride) {
        if (!settle_line(step, &grid, at)) {
            return false;
        }
    }
    return true;
}

ALWAYS_INLINE void settle_float(unsigned char *at, uint64_t nan, size_t size)
{
    if (is_nan(word_at(at, size), size)) {
        memcpy(at, &nan, size);
    }
}

/* One value of a step that is not gated. */
static inline bool settle_value(const struct shm_pack_step *step, unsigned char *at)
{
    static const struct grid one = {.count = 1};
    switch (step->act) {
    case SHM_PACK_ZERO:
        zero_line(step, &one, at);
        return true;
    case SHM_PACK_PRESENCE:
        return wrong_bits(step, word_at(at, 8)) == 0;
    case SHM_PACK_DATETIME:
        return datetimes_pass(&one, at);
    case SHM_PACK_F32:
        settle_float(at, NARROW_NAN, sizeof(float));
        return true;
    case SHM_PACK_F64:
        settle_float(at, WIDE_NAN, sizeof(double));
        return true;
    default:
        return passes(step, at);
    }
}

/* The same for one row, without ado. */
static bool settle_row(const shm_pack *pack, unsigned char *row)
{
    for (size_t i = 0; i < pack->step_count; i++) {
        const struct shm_pack_step *step = &pack->steps[i];
        if (step->gate != 0) {
            if (!settle_step(step, pack, row, 1)) {
                return false;
            }
            continue;
        }
        unsigned char *at = row + step->offset;
        for (uint64_t k = 0; k < step->count; k++, at += step->stride) {
            if (!settle_value(step, at)) {
                return false;
            }
        }
    }
    return true;
}

static bool settle_steps(const shm_pack *pack, unsigned char *rows, size_t count)
{
    for (size_t i = 0; i < pack->step_count; i++) {
        if (!settle_step(&pack->steps[i], pack, rows, count)) {
            return false;
        }
    }
    return true;
}

static bool is_float(const struct shm_pack_step *step)
{
    return step->act == SHM_PACK_F32 || step->act == SHM_PACK_F64;
}

/* Absent values become zero first, so that the sweep need not know of them; then come the steps
 * that it does not do. */
static bool settle_swept(const shm_pack *pack, unsigned char *rows, size_t count)
{
    for (size_t i = 0; i < pack->step_count; i++) {
        if (pack->steps[i].act == SHM_PACK_ABSENT) {
            shm_gated_zero(&pack->steps[i], pack->row_size, rows, count);
        }
    }
    const unsigned swept = shm_sweep_rows(&pack->sweep, rows, count * (size_t)pack->row_size);
    if ((swept & SHM_SWEPT_REFUSED) != 0) {
        return false;
    }
    for (size_t i = 0; i < pack->step_count; i++) {
        const struct shm_pack_step *step = &pack->steps[i];
        const bool is_done = step->act == SHM_PACK_ABSENT ||
                             (step->is_swept && (!is_float(step) || (swept & SHM_SWEPT_NAN) == 0));
        if (!is_done && !settle_step(step, pack, rows, count)) {
            return false;
        }
    }
    return true;
}

bool shm_pack_settle(const shm_pack *pack, unsigned char *rows, size_t count)
{
    if (count == 1) {
        return settle_row(pack, rows);
    }
    const size_t swept = pack->sweep.vector_count == 0 ? 0 : count - count % pack->sweep.row_count;
    if (swept > 0 && !settle_swept(pack, rows, swept)) {
        return false;
    }
    return swept == count ||
           settle_steps(pack, rows + swept * (size_t)pack->row_size, count - swept);
}

void shm_pack_copy(const shm_pack *pack, const void *rows, size_t count, size_t stride,
                   unsigned char *to)
{
    const size_t row_size = (size_t)pack->row_size;
    const size_t bytes = (size_t)pack->bytes;
    const unsigned char *from = rows;
    if (stride == row_size && count > 1) {
        memcpy(to, from, count * row_size);
        return;
    }
    if (stride == row_size && row_size <= FEW_BYTES) { /* less than a call: rows are whole words */
        for (size_t at = 0; at < row_size; at += 8) {
            memcpy(to + at, from + at, 8);
        }
        return;
    }
    for (size_t i = 0; i < count; i++, from += stride, to += row_size) {
        memcpy(to, from, bytes); /* the gap behind is a step's, if there is one */
    }
}
