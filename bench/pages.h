/* pages.h — the memory that contenders are measured in: pages of one size for all, that the machine
 * has given before the clock starts. */
#ifndef BENCH_PAGES_H
#define BENCH_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Memory of this process and of those it forks is on small pages from here on, so that every
 * contender pays the same for its misses of the TLB. */
void bench_use_small_pages(void);

/* The same, unless $BENCH_PAGES is `huge`: then malloc, and whoever asks bench_pages_are_huge, ask
 * for huge ones.  The program begins again with main's `argv`, as the environment tells malloc. */
void bench_use_wanted_pages(char **argv);
bool bench_pages_are_huge(void);

/* Tells on stderr how much of this process's memory is in huge pages, if they were wanted. */
void bench_tell_pages(void);

/* Takes as much memory as filling `row_count` rows needs, at most half of what is free, and as much
 * of the cache of files, and gives it back: a virtual machine gets memory from its host when it is
 * first touched, which whoever came first would pay for. */
void bench_warm_memory(uint64_t row_count);

#ifdef __cplusplus
}
#endif

#endif
