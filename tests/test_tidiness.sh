#!/usr/bin/env bash
# The form of the C sources: what a reader should not have to stumble over.
set -u
. "$SHM_SOURCE/tests/support/cases.sh"
cd "$SHM_SOURCE" || exit 1
export LC_ALL=C.UTF-8

# Tracked files, whoever owns the checkout; all files where there is no repository.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
mapfile -t files < <({ git ls-files '*.[ch]' 2>/dev/null || find . -name '*.[ch]'; } |
    grep -v '^\./build/' | while read -r file; do [ -e "$file" ] && echo "$file"; done)

none_match() # WHAT PATTERN
{
    grep -nHE -- "$2" "${files[@]}" | case_empty "$1"
}

case_ok 'there are sources' [ ${#files[@]} -gt 0 ]
wc -l "${files[@]}" | awk '$2 != "total" && $1 > 600 { print $2 ": " $1 }' |
    case_empty 'more than 600 lines'
none_match 'a tab' $'\t'
none_match 'more than 100 columns' '^.{101}'
none_match 'space at the end of a line' '[[:space:]]$'
none_match 'unfinished work' '\b(TODO|FIXME|XXX)\b'
for file in "${files[@]}"; do
    [ -n "$(tail -c 1 "$file")" ] && echo "$file"
done | case_empty 'no newline at the end'
cases_end
