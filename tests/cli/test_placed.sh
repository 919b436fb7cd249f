#!/usr/bin/env bash
# Placed maps, whose entries stand in no order: what each verb says of them.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >p.shm <<'END'
enum Day : i8 { sun = -1, mon, tue }
struct Point { x: i16; y: u8; }
dataset D {
  words: map<u64, i64>; days: map<Day, Point>; flags: map<bool, u8[4]>; born: map<date, f64>;
  small: map<i32, u16>; none: map<u8, u8>;
}
END
python3 -c '
for i in range(500): print("{\"key\":%d,\"value\":%d}" % (i * 7919, -i))' >w.jsonl
printf '%s\n' '{"key":"tue","value":{"x":-3,"y":4}}' '{"key":"sun","value":{"x":1,"y":2}}' >d.jsonl
printf '%s\n' '{"key":true,"value":[1,2,3,4]}' >f.jsonl
printf '%s\n' '{"key":"1969-12-31","value":1.5}' '{"key":"2026-01-02","value":-0.25}' >b.jsonl
printf '%s\n' '{"key":-1,"value":65535}' '{"key":2147483647,"value":0}' \
    '{"key":-2147483648,"value":7}' >s.jsonl
build() # WORDS IMAGE
{
    exits 0 "$SHM" build p.shm words="$1" days=d.jsonl flags=f.jsonl born=b.jsonl small=s.jsonl -o "$2"
}
build w.jsonl p.img

# ls and stat
exits 0 "$SHM" ls p.img
holds 'entries are counted' grep -qE '^words +map +500 +500 +[0-9]+$' out
holds 'an empty map' grep -qE '^none +map +0 +0 +0$' out
exits 0 "$SHM" stat p.img --json
python3 -c '
import json
d = json.load(open("out"))
words = d["collections"][0]
print(words["keys"], words["entries"], words["slots"], sum(words["probes"].values()))
print([s["kind"] for s in d["sections"]].count("placed"), "rows" in [s["kind"] for s in d["sections"]])' >got
same 'stat as JSON' "$(cat got)" '500 500 768 500
6 False'
exits 0 "$SHM" verify p.img

# get
get() # NAME KEY WANTED
{
    exits 0 "$SHM" get p.img "$1" -- "$2"
    same "get $1 $2" "$(cat out)" "$3"
}
get words 7919 -1
get days sun '{"x":1,"y":2}'
get flags true '[1,2,3,4]'
get born 1969-12-31 1.5
get small -1 65535
get small -2147483648 7
exits 1 "$SHM" get p.img words 7918
exits 1 "$SHM" get p.img flags false
exits 1 "$SHM" get p.img none 0
exits 2 "$SHM" get p.img small 2147483648
holds 'the range is told' grep -q 'out of range for i32' err

# dump gives back what was put, in any order, and the same image again
for name in words days flags born small; do
    exits 0 "$SHM" dump p.img "$name"
    same "dump of $name" "$(sort out)" "$(sort "${name:0:1}.jsonl")"
    exits 0 "$SHM" dump p.img "$name" --csv
    sed -n '1!p' out >"$name.rows"
done
same 'as CSV' "$(sort small.rows)" '-1,65535
-2147483648,7
2147483647,0'
exits 0 "$SHM" dump p.img words
cp out again.jsonl
build again.jsonl again.img
holds 'the same bytes' cmp p.img again.img

# duplicate keys: both rows and both lines
{ cat w.jsonl; echo '{"key":7919,"value":5}'; } >dup.jsonl
exits 2 "$SHM" build p.shm words=dup.jsonl -o dup.img
holds 'both rows' grep -q 'duplicate key 7919: rows 1 and 500 of words (dup.jsonl:2 and dup.jsonl:501)' err
holds 'no image' test ! -e dup.img

# diff: by key
exits 0 "$SHM" diff p.img again.img
{
    sed -e '3s/-2/-22/' -e '$d' w.jsonl
    echo '{"key":5,"value":5}'
} | tac >w2.jsonl
build w2.jsonl q.img
exits 1 "$SHM" diff p.img q.img
cp out text
same 'what changed' "$(grep -A2 'key 15838:' text)" 'words key 15838:
- {"key":15838,"value":-2}
+ {"key":15838,"value":-22}'
same 'only in A' "$(grep -A1 'key 3951581:' text)" 'words key 3951581:
- {"key":3951581,"value":-499}'
same 'only in B comes last' "$(tail -n 2 text)" 'words key 5:
+ {"key":5,"value":5}'
same 'and nothing else' "$(wc -l <text)" 7
exits 1 "$SHM" diff p.img q.img
holds 'the same order each time' cmp text out
exits 1 "$SHM" diff p.img q.img --limit 1
same 'the rest is counted' "$(tail -n 1 out)" 'words: 2 more entries differ'
exits 1 "$SHM" diff p.img q.img --limit 0
same 'counted if not shown' "$(cat out)" 'words: 3 entries differ'
build "$(head -n 100 w.jsonl >w3.jsonl; echo w3.jsonl)" r.img
exits 1 "$SHM" diff p.img r.img --limit 0
same 'the numbers of entries' "$(cat out)" 'words: 400 entries differ
words: 500 entries, then 100'
exits 1 "$SHM" diff p.img q.img --json
python3 -c '
import json
c = json.load(open("out"))["collections"][0]
print(c["different"], c["rows"])
for f in c["first"]: print(f["key"], f.get("a", {}).get("value"), f.get("b", {}).get("value"))' >got
same 'as JSON' "$(head -n 1 got; sed 1d got | sort)" '3 [500, 500]
15838 -2 -22
3951581 -499 None
5 None 5'

# diff with a map that is not placed, and with keys of another kind
sed 's/words: map<u64, i64>/words: map<u64, i64> min/' p.shm >min.shm
exits 0 "$SHM" build min.shm words=w2.jsonl days=d.jsonl flags=f.jsonl born=b.jsonl small=s.jsonl -o min.img
exits 1 "$SHM" diff p.img min.img --limit 0
holds 'by key as well' grep -qx 'words: 3 entries differ' out
exits 1 "$SHM" diff min.img p.img --json --limit 0
same 'from the other side' "$(python3 -c '
import json
print(json.load(open("out"))["collections"][0]["different"])')" 3
echo 'dataset D { small: map<string, u16>; }' >text.shm
echo '{"key":"a","value":1}' >a.jsonl
exits 0 "$SHM" build text.shm small=a.jsonl -o text.img
exits 1 "$SHM" diff p.img text.img
holds 'no key is in both' grep -qx -e '- {"key":-1,"value":65535}' out
same 'and those of B' "$(grep -A1 'small key "a":' out)" 'small key "a":
+ {"key":"a","value":1}'
holds 'counted' grep -qx 'small: 3 entries, then 1' out

count
