#!/usr/bin/env bash
# shm build of keys that are chosen not to fit: the next seed is taken, and that is said.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
hostile_keys=$(realpath "$(dirname "$SHM")/../tests/hostile_keys") || exit 1

echo 'record R { id: u64; } dataset D { rows: array<R>; by_id: index rows by id; }' >d.shm
first='by_id: its keys do not fit under seed 1 of 16; taking seed 2'
"$hostile_keys" d.shm by_id id 2 >two.jsonl
"$hostile_keys" d.shm by_id id 16 >all.jsonl
printf '{"id":1}\n{"id":2}\n' >good.jsonl

exits 0 "$SHM" build d.shm good.jsonl -o i.img
same 'nothing to say' "$(cat out err)" ''

exits 0 "$SHM" build d.shm two.jsonl -o i.img
same 'says it on stderr' "$(head -1 err)" "note: $first"
same 'for each seed' "$(grep -c '^note: by_id: ' err)" "$(wc -l <err)"
same 'not on stdout' "$(cat out)" ''
exits 0 "$SHM" verify i.img
key=$(sed -nE '5s/[^0-9]//gp' two.jsonl)
exits 0 "$SHM" get i.img by_id "$key"
same 'a key is found' "$(cat out)" "{\"id\":$key}"

exits 0 "$SHM" build d.shm two.jsonl -o j.img --json --jobs 1 --memory 64K
python3 -c 'import json; print(json.loads(open("err").readline())["note"])' >got
same 'as JSON' "$(cat got)" "$first"
holds 'the same image' cmp i.img j.img
exits 0 "$SHM" build d.shm two.jsonl -o j.img --progress json
grep -q "{\"note\":\"$first\"}" err
same 'among the lines of progress' $? 0

exits 2 "$SHM" build d.shm all.jsonl -o i.img
same 'seeds, and twice the lines' "$(grep -c '^note: ' err)" 31
says '^note: by_id: its keys do not fit under any of 16 seeds; taking twice the lines$'
says 'by_id: its keys do not fit under any of 16 seeds; they look chosen to collide: leave some out$'
holds 'the old image stays' cmp i.img <("$SHM" build d.shm two.jsonl -o j.img 2>/dev/null; cat j.img)

count
