#!/usr/bin/env bash
# System calls that fail while an image is published: the old image stays, and no litter.
set -u
. "$SHM_SOURCE/tests/support/cases.sh"
once=$SHM_BUILD/tests/test_process_publish_once
old_rows=5 new_rows=60000
# Under ASan the search for leaks would fail where strace traces, too.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
mkdir images || exit 1
image=$PWD/images/a.img

publish_old()
{
    "$once" publish "$image" $old_rows
}

# inject SYSCALL ERROR NTH: publishes new_rows rows while the NTH such call fails.
inject()
{
    strace -f -qq -o /dev/null -e "trace=$1" -e "inject=$1:error=$2:when=$3" \
        "$once" publish "$image" $new_rows >stdout 2>stderr
}

# Calls of SYSCALL fail once, the first ones each, later ones at growing distances; exit status WANTED,
# until none is left.
each_call_fails() # SYSCALL ERROR WANTED TEXT
{
    local nth status=1
    for ((nth = 1; nth < 100000; nth += 1 + nth / 8)); do
        publish_old || exit 1
        inject "$1" "$2" $nth
        status=$?
        [ $status -eq 0 ] && break
        case_equal "$1 $nth fails with $2: exit status" "$3" "$status"
        case_ok "$1 $nth fails with $2: says so" grep -q "$4" stderr
        case_ok "$1 $nth fails with $2: the old image" "$once" check "$image" $old_rows
        case_equal "$1 $nth fails with $2: no litter" "a.img" "$(ls -A images)"
    done
    case_ok "$1: failed at least once" [ $nth -gt 1 ]
    case_equal "$1: none left to fail" 0 $status
    case_ok "$1: the new image" "$once" check "$image" $new_rows
    case_equal "$1: no litter at the end" "a.img" "$(ls -A images)"
}

each_call_fails fsync EIO 16 'Input/output error'
each_call_fails pwrite64 EIO 16 'Input/output error'
each_call_fails pwrite64 ENOSPC 17 'No space left on device'
each_call_fails linkat EIO 16 'cannot link .a.img.new: Input/output error'
each_call_fails renameat2 EIO 16 'cannot put the new file in place: Input/output error'
each_call_fails fchmod EPERM 16 'cannot set the new file.s permissions: Operation not permitted'

# Interrupted calls are made again.
publish_old
case_ok 'pwrite64 is interrupted' inject pwrite64 EINTR 1
case_ok 'pwrite64 is interrupted: the new image' "$once" check "$image" $new_rows

# What starts the writing early is a hint: the sync says whether bytes arrived.
publish_old
case_ok 'no early writing' inject sync_file_range ENOSYS 1+
case_ok 'no early writing: the new image' "$once" check "$image" $new_rows
case_ok 'early writing is asked for' strace -f -qq -o trace -e trace=sync_file_range \
    "$once" publish "$image" $new_rows
case_ok 'early writing is asked for: once a chunk' grep -q 'sync_file_range(.*, 0, 2097152' trace

# A file system without exchange: a plain rename does.
publish_old
case_ok 'renameat2 is not known' inject renameat2 EINVAL 1
case_ok 'renameat2 is not known: the new image' "$once" check "$image" $new_rows
case_equal 'renameat2 is not known: no litter' "a.img" "$(ls -A images)"

# The old image cannot be removed from the temporary name: the new one is in place all the same, and
# the next build cleans up.
publish_old
case_ok 'unlinkat fails' inject unlinkat EIO 1
case_ok 'unlinkat fails: the new image' "$once" check "$image" $new_rows
case_equal 'unlinkat fails: the old one is left' ".a.img.new a.img" "$(ls -A images | xargs)"
publish_old
case_equal 'the next build cleans up' "a.img" "$(ls -A images)"

# No unnamed files: `.a.img.new` from the start, whatever a killed build left there.  The first open
# relative to the folder is the one that makes the unnamed file.
without_tmpfile() # ROWS
{
    strace -f -qq -o /dev/null -P "$PWD/images" -e trace=openat \
        -e inject=openat:error=EOPNOTSUPP:when=1 "$once" publish "$image" "$1" >stdout 2>stderr
}
publish_old
echo left >images/.a.img.new
case_ok 'no O_TMPFILE' without_tmpfile $new_rows
case_ok 'no O_TMPFILE: the new image' "$once" check "$image" $new_rows
case_equal 'no O_TMPFILE: no litter' "a.img" "$(ls -A images)"

# Another build holds the name.
publish_old
exec 9>images/.a.img.new
flock -x 9
without_tmpfile $new_rows
case_equal 'no O_TMPFILE, another build: exit status' 26 $?
case_ok 'no O_TMPFILE, another build: says so' grep -q 'another build is writing it' stderr
case_ok 'no O_TMPFILE, another build: the old image' "$once" check "$image" $old_rows
exec 9>&-
rm images/.a.img.new

# A full file system, where this user may mount one.
mkdir full
if mount -t tmpfs -o size=1m tmpfs full 2>mount.log; then
    "$once" publish full/a.img $old_rows
    TMPDIR=$PWD "$once" publish full/a.img $new_rows 2>stderr
    case_equal 'full file system: exit status' 17 $?
    case_ok 'full file system: the old image' "$once" check full/a.img $old_rows
    case_equal 'full file system: no litter' "a.img" "$(ls -A full)"
    TMPDIR=$PWD/full "$once" publish images/b.img $new_rows 2>stderr
    case_equal 'full spill folder: exit status' 17 $?
    case_equal 'full spill folder: no litter' "a.img" "$(ls -A full)"
    umount full
fi

# A limit on the size of files, which says EFBIG.
publish_old
(ulimit -f 500; trap '' XFSZ; exec "$once" publish "$image" $new_rows) 2>stderr
case_equal 'file size limit: exit status' 16 $?
case_ok 'file size limit: says so' grep -q 'File too large' stderr
case_ok 'file size limit: the old image' "$once" check "$image" $old_rows
case_equal 'file size limit: no litter' "a.img" "$(ls -A images)"

cases_end
