#include "collections/array/rows_sweep.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define WITH_AVX2 __attribute__((target("avx2")))

bool shm_sweep_is_there(void)
{
    return __builtin_cpu_supports("avx2");
}

WITH_AVX2 static inline __m256i load(const void *at)
{
    return _mm256_loadu_si256((const __m256i *)at);
}

/* What has been found: any bit of `refused` not set in all rows, or any of `nan`. */
struct found {
    __m256i passed;  /* all ones while everything is within its range */
    __m256i refused; /* bits that must not be set */
    __m256i nan;
};

WITH_AVX2 static inline void sweep_vector(const struct shm_sweep_vector *vector, unsigned char *at,
                                          struct found *found)
{
    const __m256i no_signs_4 = _mm256_set1_epi32(INT32_MAX);
    const __m256i no_signs_8 = _mm256_set1_epi64x(INT64_MAX);
    const __m256i bytes = _mm256_and_si256(load(at), load(vector->kept));
    const __m256i span_1 = load(vector->span_1);
    const __m256i span_4 = load(vector->span_4);
    const __m256i above_1 = _mm256_sub_epi8(bytes, load(vector->least_1));
    const __m256i above_4 = _mm256_sub_epi32(bytes, load(vector->least_4));
    const __m256i within_1 = _mm256_cmpeq_epi8(_mm256_max_epu8(above_1, span_1), span_1);
    const __m256i within_4 = _mm256_cmpeq_epi32(_mm256_max_epu32(above_4, span_4), span_4);
    const __m256i nan_4 =
        _mm256_cmpgt_epi32(_mm256_and_si256(bytes, no_signs_4), load(vector->most_4));
    const __m256i nan_8 =
        _mm256_cmpgt_epi64(_mm256_and_si256(bytes, no_signs_8), load(vector->most_8));
    _mm256_storeu_si256((__m256i *)(void *)at, bytes);
    found->refused =
        _mm256_or_si256(found->refused, _mm256_and_si256(bytes, load(vector->refused)));
    found->passed = _mm256_and_si256(found->passed, _mm256_and_si256(within_1, within_4));
    found->nan = _mm256_or_si256(found->nan, _mm256_or_si256(nan_4, nan_8));
}

WITH_AVX2 unsigned shm_sweep_rows(const shm_sweep *sweep, unsigned char *rows, size_t bytes)
{
    const __m256i ones = _mm256_set1_epi8(-1);
    struct found found = {ones, _mm256_setzero_si256(), _mm256_setzero_si256()};
    for (size_t at = 0; at < bytes;) {
        for (size_t i = 0; i < sweep->vector_count; i++, at += SHM_SWEEP_BYTES) {
            sweep_vector(&sweep->vectors[i], rows + at, &found);
        }
    }
    const bool is_well = _mm256_testc_si256(found.passed, ones) != 0 &&
                         _mm256_testz_si256(found.refused, found.refused) != 0;
    const bool is_nan = _mm256_testz_si256(found.nan, found.nan) == 0;
    return (is_well ? 0u : (unsigned)SHM_SWEPT_REFUSED) | (is_nan ? (unsigned)SHM_SWEPT_NAN : 0u);
}

#else

bool shm_sweep_is_there(void)
{
    return false;
}

unsigned shm_sweep_rows(const shm_sweep *sweep, unsigned char *rows, size_t bytes)
{
    (void)sweep;
    (void)rows;
    (void)bytes;
    return SHM_SWEPT_REFUSED;
}

#endif
