#!/usr/bin/env bash
# Generated headers are clean under both compilers, as C11 and as C++17, for schemas of every shape;
# and reading a scalar field is one load.
set -u
. "$SHM_SOURCE/tests/support/cases.sh"

strict=(-Wall -Wextra -Wconversion -Wshadow -Wpedantic -Werror -fsyntax-only
    "-I$SHM_SOURCE/include" -I.)
compilers=('gcc -x c -std=c11' 'clang -x c -std=c11' 'gcc -x c++ -std=c++17'
    'clang -x c++ -std=c++17')

compile_all() # NAME FILE...: once with each compiler
{
    local name=$1 compiler
    shift
    for compiler in "${compilers[@]}"; do
        case_ok "$name with $compiler" $compiler "${strict[@]}" "$@"
    done
}

# All of these in one translation unit: their names must not meet.
for schema in "$SHM_SOURCE"/tests/golden/schema/geo.shm \
    "$SHM_SOURCE"/tests/schema/generated/schemas/*.shm; do
    shmc "$schema" -o named
done
for header in named/*.h; do
    printf '#include "%s"\n#include "%s"\n' "$header" "$header"
done >named.c
compile_all 'all schemas' named.c
# What is inlined is other code where the processor has more.
if [ "$(uname -m)" = x86_64 ]; then
    compile_all 'all schemas, AVX2' -mavx2 named.c
    compile_all 'all schemas, AVX-512' -mavx512dq named.c
fi

mkdir random
for seed in $(seq 1 12); do
    "$SHM_BUILD/tests/print_schema" "$seed" >"random/r$seed.shm"
    shmc "random/r$seed.shm" -o random || exit 1
    # Many of them have the same namespace.
    printf '#include "random/r%s.shm.h"\n' "$seed" >"random/r$seed.c"
    sources+=("random/r$seed.c")
done
compile_all 'random schemas' "${sources[@]}"

# Fields called like words of C or C++.
{
    echo 'record R {'
    for word in class int new register linux errno bool and template _Bool restrict asm; do
        echo "  $word: u32; "
    done
    echo '} dataset D { t: array<R>; }'
} >words.shm
shmc words.shm -o words
echo '#include "words/words.shm.h"' >words.c
for compiler in 'gcc -x c -std=gnu11' 'gcc -x c++ -std=gnu++17' 'clang -x c -std=gnu11'; do
    case_ok "words with $compiler" $compiler "${strict[@]}" words.c
done
printf '#include <errno.h>\n#include <complex.h>\n#include <stdio.h>\n#include "words/words.shm.h"\n' >words.c
compile_all 'words' words.c

# One load: the function is a load and a return.
cat >load.c <<'END'
#include "named/geo.shm.h"
uint32_t read_field(const geo_city *row);
uint32_t read_field(const geo_city *row)
{
    return row->old_code;
}
END
for compiler in gcc clang; do
    $compiler -std=c11 -O2 -fcf-protection=none "-I$SHM_SOURCE/include" -c load.c -o load.o
    case_equal "instructions by $compiler" 2 "$(objdump -d --no-show-raw-insn load.o |
        sed -n '/<read_field>:/,/ret/p' | grep -c $'^ .*\t')"
done
cases_end
