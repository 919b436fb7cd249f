#!/usr/bin/env bash
# The small examples, built within the tree and alone, do what they say.
set -u
. "$SHM_SOURCE/tests/support/cases.sh"
bin=$SHM_BUILD/bin

case_exit 'prefork' 0 "$bin/example_prefork" prices.img 3
case_equal 'prefork' "Ann sells 33334 articles
3 workers, 20000 requests each, 23858255 cents" "$(cat stdout)"
case_exit 'generator' 0 "$bin/example_generator" numbers.img 20000
case_equal 'generator' '17647 takes 278 steps, up to 11003416; before 1 comes 2' "$(head -n 1 stdout)"
case_equal 'no litter' 'numbers.img prices.img' "$(ls -A | grep -v '^std' | xargs)"

case_exit 'installs' 0 cmake --install "$SHM_BUILD" --prefix "$PWD/prefix"
for example in cmake prefork generator; do
    case_exit "$example alone" 0 cmake -S "$SHM_SOURCE/examples/$example" -B "$example" -G Ninja \
        -D CMAKE_PREFIX_PATH="$PWD/prefix"
    case_exit "$example alone" 0 cmake --build "$example"
done
case_exit 'the project of its own' 0 cmake/cities geo.img
case_equal 'the project of its own' 'Bern lies at 46.95, 7.45
42: 134506 people
43: nobody counted' "$(cat stdout)"
cases_end
