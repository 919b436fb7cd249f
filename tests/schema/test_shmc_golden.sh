#!/usr/bin/env bash
# What shmc makes of the example of the documentation, byte by byte.  After a wanted change:
#   for f in geo.shm.h geo.pyi geo.dot; do cp build/.../$f tests/golden/schema/$f.golden; done
set -u
. "$SHM_SOURCE/tests/support/cases.sh"
golden=$SHM_SOURCE/tests/golden/schema

shmc "$golden/geo.shm" -o out --lang c,python,dot
shmc --print-layout "$golden/geo.shm" >out/geo.layout
shmc --format "$golden/geo.shm" >out/geo.formatted
for file in geo.shm.h units.shm.h geo.pyi geo.dot geo.layout geo.formatted; do
    case_equal "$file" '' "$(diff "$golden/$file.golden" "out/$file" 2>&1 | head -20)"
done
cases_end
