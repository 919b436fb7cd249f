#!/usr/bin/env bash
# shm build: arguments, what fills what, exit codes, and that a failure leaves everything as it was.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

echo 'record R { id: u32; } dataset D { rows: array<R>; by: index rows by id; }' >one.shm
echo 'record R { id: u32; } dataset D { rows: array<R>; more: array<R>; names: map<string, u8>; }' >two.shm
printf '{"id":1}\n{"id":2}\n' >r.jsonl
cp r.jsonl rows=r.jsonl
cp r.jsonl x=y.jsonl
mkdir many
cp r.jsonl many/a=b.jsonl

rows()
{
    "$SHM" ls "$1" --json | python3 -c '
import json, sys
print(*(c["rows"] for c in json.load(sys.stdin)["collections"]))'
}

# NAME= and its absence
exits 0 "$SHM" build one.shm r.jsonl -o i.img
same 'silent' "$(cat out err)" ''
same 'the only collection' "$(rows i.img)" '2 2'
exits 0 "$SHM" build one.shm rows=r.jsonl -o j.img
holds 'named or not' cmp i.img j.img
exits 0 "$SHM" build one.shm x=y.jsonl -o j.img
holds 'an = in a file name' cmp i.img j.img
exits 0 "$SHM" build one.shm many/a=b.jsonl -o j.img
exits 0 "$SHM" build one.shm ./rows=r.jsonl -o j.img
holds 'a path with NAME= in it' cmp i.img j.img
exits 0 "$SHM" build one.shm rows=rows=r.jsonl -o j.img
exits 2 "$SHM" build two.shm r.jsonl -o n.img
says 'which collection does r\.jsonl fill\? Write NAME=r\.jsonl; there are: rows, more, names'
exits 2 "$SHM" build two.shm other=r.jsonl -o n.img
says 'no collection "other"; there are: rows, more, names'
exits 2 "$SHM" build one.shm by=r.jsonl -o n.img
says 'by is an index .* its table, rows'
exits 2 "$SHM" build one.shm r.txt -o n.img
says 'must end in \.jsonl'
exits 0 "$SHM" build two.shm more=r.jsonl rows=r.jsonl more=- -o i.img <<<'{"id":7}'
same 'interleaved' "$("$SHM" dump i.img more)" '{"id":1}
{"id":2}
{"id":7}'
exits 2 "$SHM" build two.shm rows=- more=- -o n.img </dev/null
says 'only once'
exits 0 "$SHM" build one.shm -o i.img
same 'no input' "$(rows i.img)" '0 0'
exits 0 "$SHM" build one.shm <(cat r.jsonl) -o i.img
same 'a process' "$(rows i.img)" '2 2'

# Options
exits 0 "$SHM" build -oi.img one.shm r.jsonl --jobs=4 --memory 1M
exits 0 "$SHM" build --output=i.img one.shm --memory 65536 --jobs 1 -- r.jsonl
for size in 1K 2m 1G 1MiB 64MB; do
    exits 0 "$SHM" build one.shm r.jsonl -o i.img --memory "$size"
done
for size in 0 -1 x 1X 1.5G '' 99999999999999999999 99999999999T; do
    exits 2 "$SHM" build one.shm r.jsonl -o n.img --memory "$size"
done
for jobs in 0 -1 x 1.5 ''; do
    exits 2 "$SHM" build one.shm r.jsonl -o n.img --jobs "$jobs"
done
exits 2 "$SHM" build one.shm r.jsonl -o n.img --progress sometimes
exits 2 "$SHM" build one.shm r.jsonl
says '-o IMAGE is needed'
exits 2 "$SHM" build -o n.img
says 'a schema is needed'
exits 2 "$SHM" build one.shm r.jsonl -o
says 'needs a value'
exits 2 "$SHM" build one.shm r.jsonl -o n.img --frob
says "unknown option '--frob'"
exits 2 "$SHM" build one.shm r.jsonl -o n.img -q
holds 'no image' test ! -e n.img

exits 0 "$SHM" build one.shm r.jsonl -o i.img --json
python3 -c '
import json
s = json.load(open("out"))
print(s["image"], s["rows"], s["bytes"] > 0, s["seconds"] >= 0)' >got
same 'a summary' "$(cat got)" "i.img {'rows': 2} True True"
exits 0 "$SHM" build one.shm r.jsonl -o i.img --progress json
python3 -c '
import json
lines = [json.loads(line) for line in open("err")]
print(all({"phase", "done", "total"} <= set(line) for line in lines), lines[0]["phase"])' >got
same 'progress as JSON' "$(cat got)" 'True rows'
same 'not on stdout' "$(cat out)" ''
exits 0 "$SHM" build one.shm r.jsonl -o i.img --progress always
holds 'a bar when asked for' grep -q '#' err
exits 0 "$SHM" build one.shm r.jsonl -o i.img --progress auto
same 'no bar without a terminal' "$(cat err)" ''
exits 0 "$SHM" build one.shm r.jsonl -o i.img --progress never

# Schemas: several datasets, imports
mkdir lib
echo 'namespace units; struct Length { metres: f64; }' >lib/units.shm
cat >imports.shm <<'END'
import "units.shm";
record R { l: units.Length; }
dataset A { a: array<R>; }
dataset B { b: array<R>; }
END
echo '{"l":{"metres":1}}' >l.jsonl
exits 2 "$SHM" build imports.shm l.jsonl -o n.img --dataset A
says 'units\.shm'
exits 2 "$SHM" build imports.shm l.jsonl -o n.img -I lib
exits 2 "$SHM" build imports.shm l.jsonl -o n.img -I lib --dataset C
exits 0 "$SHM" build imports.shm l.jsonl -o i.img -I nowhere -I lib --dataset B
exits 0 "$SHM" build imports.shm b=l.jsonl -o j.img --include lib --dataset=B
holds 'the same' cmp i.img j.img
"$SHM" schema i.img >inlined.shm
exits 0 "$SHM" build inlined.shm l.jsonl -o j.img
holds 'imports are inlined' cmp i.img j.img
echo 'record R { id: u32; }' >none.shm
exits 2 "$SHM" build none.shm r.jsonl -o n.img
says 'no dataset'
echo 'record R { id: u33; } dataset D { rows: array<R>; }' >bad.shm
exits 2 "$SHM" build bad.shm r.jsonl -o n.img
says '^bad\.shm:1:16: error: '

# Files that cannot be opened, or written
exits 5 "$SHM" build absent.shm r.jsonl -o n.img
says 'absent\.shm'
exits 5 "$SHM" build one.shm absent.jsonl -o n.img
says 'absent\.jsonl: No such file'
exits 5 "$SHM" build one.shm rows=absent.csv -o n.img
exits 5 "$SHM" build two.shm names=absent.npy -o n.img
mkdir folder.jsonl
exits 5 "$SHM" build one.shm folder.jsonl -o n.img
exits 5 "$SHM" build one.shm r.jsonl -o absent/n.img
says 'absent'
mkdir folder
exits 5 "$SHM" build one.shm r.jsonl -o folder
same 'the folder is empty' "$(ls -A folder)" ''
# shellcheck disable=SC2016
exits 5 bash -c '"$SHM" build one.shm r.jsonl -o n.img --json >&-'
exits 0 "$SHM" verify n.img
# shellcheck disable=SC2016
exits 0 bash -c '"$SHM" build one.shm r.jsonl -o n.img <&-'
python3 -c 'print("\n".join("{\"id\":%d}" % i for i in range(200000)))' >big.jsonl
cp i.img old.img
(
    ulimit -f 100
    exec "$SHM" build one.shm big.jsonl -o i.img 2>err
)
same 'no space' $? 5
holds 'the old image stays' cmp i.img old.img
rm -f n.img out err got
same 'no litter' "$(find . -name '.*' -not -name . | sort)" ''

# The new image replaces the old one as a whole, and only its owner may read it.
exits 0 "$SHM" build one.shm r.jsonl -o old.img
same 'rows of the new one' "$(rows old.img)" '2 2'
same 'mode' "$(stat -c %a old.img)" 600

# A limit of schemas is told at its place, as all faults of schemas are.
echo "record R { $(printf 'n%.0s' $(seq 256)): u8; } dataset D { rows: array<R>; }" >long.shm
exits 2 "$SHM" build long.shm -o long.img
says '^long\.shm:1:12: error: a name of 256 bytes: 255 is the limit'

count
