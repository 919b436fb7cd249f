/* float_short.h — decimal numbers of few digits, and the doubles nearest to them.  Internal to
 * text_*.c. */
#ifndef LIBSHM_FLOAT_SHORT_H
#define LIBSHM_FLOAT_SHORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* word × 10^exponent, or its negative. */
typedef struct shm_short_number {
    uint64_t word;
    int64_t exponent;
    bool negative;
} shm_short_number;

/* The length of the number in JSON's syntax that the text begins with; 0 if there is none, or if it
 * has more digits than surely fit a word.  Else *number is set. */
size_t shm_short_scan(const char *text, size_t length, shm_short_number *number);

/* The double nearest to word × 10^exponent; false if that takes more than this knows. */
bool shm_short_to_f64(uint64_t word, int64_t exponent, double *value);

#endif
