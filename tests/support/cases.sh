# cases.sh — counting cases in a test script; source it, and end with `cases_end`.

shopt -s lastpipe # a case at the end of a pipe counts too
cases_passed=0
cases_failed=0

# case_ok WHAT COMMAND...: passes if the command succeeds.
case_ok()
{
    local what=$1
    shift
    if "$@"; then
        cases_passed=$((cases_passed + 1))
    else
        cases_failed=$((cases_failed + 1))
        echo "FAILED: $what: $*"
    fi
}

# case_equal WHAT EXPECTED ACTUAL
case_equal()
{
    if [ "$2" = "$3" ]; then
        cases_passed=$((cases_passed + 1))
    else
        cases_failed=$((cases_failed + 1))
        printf 'FAILED: %s\nexpected: %s\nbut got:  %s\n' "$1" "$2" "$3"
    fi
}

# case_exit WHAT STATUS COMMAND...: passes if the command exits with STATUS; its output is in
# ./stdout and ./stderr.
case_exit()
{
    local what=$1 wanted=$2 status=0
    shift 2
    "$@" >stdout 2>stderr || status=$?
    if [ "$status" -ne "$wanted" ]; then
        cat stdout stderr
    fi
    case_equal "$what: exit status" "$wanted" "$status"
}

# case_empty WHAT: passes if there is nothing on stdin; what there is are the breaches.
case_empty()
{
    case_equal "$1" "" "$(cat)"
}

cases_end()
{
    echo "$cases_passed passed, $cases_failed failed"
    [ "$cases_failed" -eq 0 ]
    exit
}
