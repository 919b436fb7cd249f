#!/usr/bin/env bash
# What the shared library shows to the world: its API, under its own version, and nothing else.
set -u
. "$SHM_SOURCE/tests/support/cases.sh"
library=$SHM_BUILD/lib/libshm.so

objdump -p "$library" >headers
case_equal 'the SONAME has a version' libshm.so.0 "$(awk '$1 == "SONAME" { print $2 }' headers)"
awk '$1 == "NEEDED" && $2 !~ /^(libc|libm|ld-linux.*)\.so/ { print $2 }' headers |
    case_empty 'needs libc only'
awk '$1 == "TEXTREL"' headers | case_empty 'no text relocations'

nm -D --defined-only "$library" | awk '$2 ~ /[TDBRVW]/ { print $3 }' | sort >exported
case_ok 'something is exported' [ -s exported ]
grep -v '@@LIBSHM_0$' exported | case_empty 'exported without the version LIBSHM_0'

# The names in the declarations marked SHM_API are exactly those exported.
cat "$SHM_SOURCE"/include/shm/*.h | grep -v '^#' | gcc -fpreprocessed -E -P -x c - |
    tr '\n' ' ' | sed 's/SHM_API/\n&/g' |
    sed -nE 's/^SHM_API[^(;]*[ *]([a-z0-9_]+)(\(|\[|;).*/\1/p' | sort -u >declared
sed 's/@@.*//' exported | comm -3 declared - |
    sed -e 's/^\t\(.*\)/\1: exported, but no public header declares it/' -e 't' \
        -e 's/$/: declared in a public header, but not exported/' |
    case_empty 'declared and exported names are the same'

for header in "$SHM_SOURCE"/include/shm/*.h; do
    echo "#include <shm/${header##*/}>" >one.c
    cp one.c one.cc
    case_ok "${header##*/} stands alone in C11" gcc -std=c11 -pedantic -Wall -Wextra -Wconversion \
        -Wshadow -Werror -I "$SHM_SOURCE/include" -fsyntax-only one.c
    case_ok "${header##*/} stands alone in C++17" g++ -std=c++17 -pedantic -Wall -Wextra \
        -Wconversion -Wshadow -Werror -I "$SHM_SOURCE/include" -fsyntax-only one.cc
done
cases_end
