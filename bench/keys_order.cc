// keys_order.cc — rows in the order of their keys, for peers that like to be filled in order.
#include "keys.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

namespace
{

// The first eight bytes of a key, so that they compare as bytes do; few keys share them.
struct entry {
    uint64_t first;
    uint64_t row;
};

uint64_t first_of(bench_kind kind, const bench_key &key, bool as_numbers)
{
    uint64_t word = 0;
    if (as_numbers && kind == BENCH_U64) {
        return key.as.u64;
    }
    if (as_numbers && kind == BENCH_U32) {
        return key.as.u32;
    }
    std::memcpy(&word, &key.as, std::min<size_t>(key.length, sizeof word));
    return __builtin_bswap64(word);
}

bool precedes(bench_kind kind, const entry &a, const entry &b)
{
    if (a.first != b.first) {
        return a.first < b.first;
    }
    bench_key x, y;
    bench_key_make(kind, a.row, &x);
    bench_key_make(kind, b.row, &y);
    return std::string_view(x.as.text, x.length) < std::string_view(y.as.text, y.length);
}

} // namespace

uint64_t *bench_rows_in_order(bench_kind kind, uint64_t count, bool as_numbers)
{
    std::vector<entry> entries(count);
    for (uint64_t row = 0; row < count; row++) {
        bench_key key;
        bench_key_make(kind, row, &key);
        entries[row] = entry{first_of(kind, key, as_numbers), row};
    }
    std::sort(entries.begin(), entries.end(),
              [kind](const entry &a, const entry &b) { return precedes(kind, a, b); });
    uint64_t *rows = static_cast<uint64_t *>(std::malloc(count * sizeof *rows));
    if (rows == nullptr) {
        std::abort();
    }
    for (uint64_t i = 0; i < count; i++) {
        rows[i] = entries[i].row;
    }
    return rows;
}
