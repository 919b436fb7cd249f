#!/usr/bin/env bash
# The form of the C sources: what a reader should not have to stumble over.
set -u
shopt -s lastpipe # `... | check` counts in this shell
cd "$SHM_SOURCE" || exit 1
export LC_ALL=C.UTF-8
passed=0 failed=0

# Tracked files, whoever owns the checkout; all files where there is no repository.
if GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*' \
    git ls-files '*.[ch]' >"$TMPDIR/tracked" 2>/dev/null && [ -s "$TMPDIR/tracked" ]; then
    mapfile -t files < <(while read -r f; do [ -e "$f" ] && echo "$f"; done <"$TMPDIR/tracked")
else
    mapfile -t files < <(find . -path ./build -prune -o -name '*.[ch]' -print)
fi

check() # WHAT: the lines on stdin are its breaches
{
    local breaches
    breaches=$(cat)
    if [ -z "$breaches" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf '%s:\n%s\n' "$1" "$breaches"
    fi
}

none_match() # WHAT PATTERN
{
    grep -nHE -- "$2" "${files[@]}" | check "$1"
}

echo "${#files[@]} files"
wc -l "${files[@]}" | awk '$2 != "total" && $1 > 600 { print $2 ": " $1 }' |
    check 'more than 600 lines'
none_match 'a tab' $'\t'
none_match 'more than 100 columns' '^.{101}'
none_match 'space at the end of a line' '[[:space:]]$'
none_match 'unfinished work' 'TODO|FIXME|XXX'
for file in "${files[@]}"; do
    [ -n "$(tail -c 1 "$file")" ] && echo "$file"
done | check 'no newline at the end'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
