#!/usr/bin/env bash
# tests/case counts what a test says, and a test that says nothing or dies is a failure.
set -u
. "$SHM_SOURCE/tests/support/cases.sh"

# counted WHAT KIND EXPECTED-COUNTS SCRIPT: the counts are `passed failed skipped`.
counted()
{
    local status=0
    rm -f counts
    echo "$4" >program
    chmod +x program
    SHM_TEST_COUNTS=$PWD/counts "$SHM_SOURCE/tests/case" "$2" it bash "$PWD/program" \
        >/dev/null 2>&1 || status=$?
    case_equal "$1" "it $3" "$(cat counts)"
    case_equal "$1: fails if one case failed" "$((${3:2:1} > 0))" "$status"
}

synthesis='[====] Synthesis: Tested:'
counted 'all pass' criterion '3 0 0' "echo '$synthesis 3 | Passing: 3 | Failing: 0 | Crashing: 0 '"
counted 'one fails' criterion '2 1 0' \
    "echo '$synthesis 3 | Passing: 2 | Failing: 1 | Crashing: 0 '; exit 1"
counted 'a crash' criterion '2 1 0' \
    "echo '$synthesis 3 | Passing: 2 | Failing: 1 | Crashing: 1 '; exit 1"
counted 'dies before the end' criterion '0 1 0' 'echo "[----] so far so good"; kill -9 $$'
counted 'ends early, and well' criterion '0 1 0' 'exit 0'
counted 'no test' criterion '0 1 0' "echo '$synthesis 0 | Passing: 0 | Failing: 0 | Crashing: 0 '"
counted 'a leak' criterion '2 1 0' "echo '==7==ERROR: LeakSanitizer: detected memory leaks'
echo '$synthesis 3 | Passing: 3 | Failing: 0 | Crashing: 0 '"
counted 'passes, but exits 1' criterion '3 1 0' \
    "echo '$synthesis 3 | Passing: 3 | Failing: 0 | Crashing: 0 '; exit 1"

counted 'one case' plain '1 0 0' 'echo "hello, 5 passed, 0 failed"'
counted 'one failed case' plain '0 1 0' 'exit 3'
counted 'killed' plain '0 1 0' 'kill -9 $$'
counted 'several' plain '7 0 0' 'echo "2 passed, 0 failed"; echo "7 passed, 0 failed"'
counted 'several failed' plain '6 2 1' 'echo "6 passed, 2 failed, 1 skipped"; exit 1'
counted 'dies after it counted' plain '6 1 0' 'echo "6 passed, 0 failed"; exit 1'
counted 'no case' plain '0 1 0' 'echo "0 passed, 0 failed"'
counted 'a report from a child' plain '0 1 0' \
    'echo "==7==ERROR: AddressSanitizer: heap-use-after-free"'
counted 'failed cases, exit 0' plain '1 1 0' 'echo "1 passed, 1 failed"'
cases_end
