# Sourced by the scripts of this folder: where the command is, and counting.
#
# $SHM is the command, by its full path; the current folder is empty and removed at the end.
SHM=${SHM_BIN:-${SHM_BUILD:-build}/bin/shm}
SHM=$(realpath "$SHM") || exit 1
export SHM NO_COLOR=1 LC_ALL=C.UTF-8
passed=0 failed=0
folder=$(mktemp -d) || exit 1
trap 'chmod -R u+rwX "$folder"; rm -rf "$folder"' EXIT
cd "$folder" || exit 1

pass()
{
    passed=$((passed + 1))
}

fail() # WHAT [DETAIL]
{
    failed=$((failed + 1))
    printf 'FAILED: %s\n' "$1"
    [ $# -lt 2 ] || printf '%s\n' "$2" | sed 's/^/    /'
}

# same WHAT GOT WANTED
same()
{
    if [ "$2" = "$3" ]; then
        pass
    else
        fail "$1" "got:    $2
wanted: $3"
    fi
}

# holds WHAT COMMAND...: the command succeeds
holds()
{
    local what=$1
    shift
    if "$@"; then
        pass
    else
        fail "$what"
    fi
}

# exits CODE COMMAND...: it ends so; what it printed is in `out` and `err`
exits()
{
    local wanted=$1 got
    shift
    "$@" >out 2>err
    got=$?
    if [ "$got" -eq "$wanted" ]; then
        pass
    else
        fail "exit $got, not $wanted: $*" "$(cat err)"
    fi
}

# says PATTERN: stderr of the last `exits` matches the extended regular expression
says()
{
    if grep -qE -- "$1" err; then
        pass
    else
        fail "message does not match: $1" "$(cat err)"
    fi
}

# The end of every script.
count()
{
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}
