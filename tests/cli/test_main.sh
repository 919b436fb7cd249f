#!/usr/bin/env bash
# The command itself: usage, help, version, streams, doctor, demo.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

verbs='build get dump ls stat schema verify reseal diff merge bench doctor demo'

exits 2 "$SHM"
says 'no command'
same 'usage goes to stderr' "$(cat out)" ''
exits 2 "$SHM" frob
says 'unknown command: frob'
for verb in $verbs; do
    says "^  $verb "
done
exits 2 "$SHM" ''
exits 2 "$SHM" --frob
exits 0 "$SHM" --version
same 'version' "$(cat out)" 'libshm 0.1.0, image format 1.0'
exits 0 "$SHM" --version --json
same 'version as JSON' "$(cat out)" '{"version":"0.1.0","format":"1.0"}'
exits 0 "$SHM" --help
for verb in $verbs; do
    holds "$verb is listed" grep -q "^  $verb " out
done
for verb in $verbs; do
    exits 0 "$SHM" "$verb" --help
    holds "$verb has help" grep -q "^usage: shm $verb" out
    same 'nothing on stderr' "$(cat err)" ''
    holds 'no line is too long' test "$(wc -L <out)" -le 100
done
for verb in build get dump ls stat schema verify reseal diff merge bench; do
    exits 2 "$SHM" $verb
    says "usage: shm $verb "
    exits 2 "$SHM" $verb --frob
    says "unknown option '--frob'"
    exits 2 "$SHM" $verb --json=x
done

# Streams
echo 'record R { id: u32; name: string; } dataset D { rows: array<R>; }' >s.shm
python3 -c '
for i in range(100000): print("{\"id\":%d,\"name\":\"row number %d\"}" % (i, i))' >r.jsonl
exits 0 "$SHM" build s.shm - -o i.img <r.jsonl
"$SHM" dump i.img rows | cmp - r.jsonl
same 'what came in comes out' "$?" 0
("$SHM" dump i.img rows; echo $? >code) 2>err | head -n 1 >out
same 'a closed pipe' "$(cat out)" '{"id":0,"name":"row number 0"}'
same 'ends with 0' "$(cat code)" 0
same 'and quietly' "$(cat err)" ''
if [ -e /dev/full ]; then
    # shellcheck disable=SC2016
    for line in 'dump i.img rows' 'get i.img rows 1' 'ls i.img' 'stat i.img' 'schema i.img' \
        'verify i.img' '--version' '--help' 'doctor'; do
        exits 5 bash -c "\"\$SHM\" $line >/dev/full"
        says 'cannot write to standard output: No space left'
    done
fi
# shellcheck disable=SC2016
exits 5 bash -c '"$SHM" dump i.img rows >&-'
# shellcheck disable=SC2016
exits 0 bash -c '"$SHM" dump i.img rows 2>&- <&- | cmp - r.jsonl'
cp i.img before.img
# shellcheck disable=SC2016
exits 5 bash -c '"$SHM" reseal i.img --json >&-'
holds 'a closed stdout is no way into the image' cmp i.img before.img
same 'no colour' "$("$SHM" ls i.img | grep -c $'\033')" 0

# A build that is killed leaves the old image, and at most one file that the next build takes over.
(
    cat r.jsonl
    sleep 5
) | "$SHM" build s.shm - -o i.img &
sleep 0.5
kill -KILL $! 2>/dev/null
wait $! 2>/dev/null
holds 'the old image stays' cmp i.img before.img
exits 0 "$SHM" build s.shm r.jsonl -o i.img
holds 'the next build works' cmp i.img before.img
same 'no litter' "$(find . -name '.*' -not -name .)" ''

# doctor
exits 0 "$SHM" doctor
holds 'page size' grep -q 'page size' out
exits 0 "$SHM" doctor --json
holds 'as JSON' python3 -c '
import json
d = json.load(open("out"))
assert d["notes"] == sum("advice" in f for f in d["findings"]) and len(d["findings"]) > 8'
TMPDIR=/nowhere exits 0 "$SHM" doctor
holds 'a missing folder' grep -q '/nowhere: No such file' out
exits 2 "$SHM" doctor x

# What is missing is named.
exits 2 "$SHM" ls
says 'an image is needed'

# demo: its figures as JSON
cat >packages.txt <<'END'
Package: left
Version: 1.0
Architecture: all
Section: "odd"
Depends: right

Package: right
Version: 1.0
Architecture: all
Section: libs
END
exits 0 "$SHM" demo --json --packages packages.txt --image packages.img
holds 'the demo as JSON' python3 -c '
import json
d = json.load(open("out"))
assert d["packages"] == 2 and len(d["pools"]) == 5 and d["lookups"]["keys"] == 2
assert d["largest"][0] == {"package": "left", "closure": 2}, d["largest"]'

# demo: the program beside the command
mkdir -p bin installed/bin installed/libexec/libshm
cp "$SHM" bin/shm
cp "$SHM" installed/bin/shm
exits 5 bin/shm demo
says 'there is no shm-demo in'
printf '#!/bin/sh\necho demo "$@"\nexit 7\n' >bin/shm-demo
chmod +x bin/shm-demo
cp bin/shm-demo installed/libexec/libshm/
exits 7 bin/shm demo a --b
same 'arguments go to the demo' "$(cat out)" 'demo a --b'
exits 7 installed/bin/shm demo
same 'installed' "$(cat out)" 'demo'

count
