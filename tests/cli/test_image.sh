#!/usr/bin/env bash
# ls, stat, schema, verify, reseal, dump and diff: what is told of images, good and broken ones.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >s.shm <<'END'
// a comment that goes
namespace x;
record R { id: u32; name: string; }
dataset D {
  rows: array<R>; by: index rows by id; named: multi rows by name; near: multi rows by name approximate 1/100;
  words: map<string, u8>; seen: set<u8>; t: tensor<f32>; other: multimap<u8, R>;
}
END
python3 -c '
for i in range(1000): print("{\"id\":%d,\"name\":\"name of row %d\"}" % (i, i % 300))' >r.jsonl
exits 0 "$SHM" build s.shm rows=r.jsonl -o i.img

# ls
exits 0 "$SHM" ls i.img
holds 'a table' grep -qE '^rows +table +1000 +- +[0-9]+$' out
holds 'an index' grep -qE '^by +index +1000 +1000 +[0-9]+$' out
holds 'a multi index' grep -qE '^named +multi +1000 +300 +[0-9]+$' out
holds 'an empty map' grep -qE '^words +map +0 +0 +[0-9]+$' out
exits 0 "$SHM" ls --json i.img
python3 -c '
import json, os
d = json.load(open("out"))
kinds = [c["kind"] for c in d["collections"]]
print(d["dataset"], d["bytes"] == os.path.getsize("i.img"), *kinds)
print(d["collections"][1]["table"], d["collections"][2]["keys"])' >got
same 'ls as JSON' "$(cat got)" 'D True table index multi approximate map set tensor multimap
rows 300'

# stat
exits 0 "$SHM" stat i.img
holds 'sections and shares' grep -qE '^rows +rows +[0-9]+ +[0-9]+ +[0-9.]+ %$' out
exits 0 "$SHM" stat i.img --json
python3 -c '
import json, os
d = json.load(open("out"))
by = d["collections"][1]
print(by["keys"], sum(by["probes"].values()), 0 < by["load"] <= 1, by["keys"] <= by["slots"])
print(sum(s["share"] for s in d["sections"]) <= 1, d["bytes"] == os.path.getsize("i.img"))
print({s["kind"] for s in d["sections"]} >= {"schema", "heap", "rows", "lines", "groups", "tensor"})' >got
same 'stat as JSON' "$(cat got)" '1000 1000 True True
True True
True'

# schema
exits 0 "$SHM" schema i.img
cp out again.shm
holds 'no comments' test "$(grep -c comment out)" = 0
exits 0 "$SHM" build again.shm rows=r.jsonl -o j.img
holds 'the schema builds the same' cmp i.img j.img
exits 0 "$SHM" schema --json i.img
python3 -c '
import json
d = json.load(open("out"))
print(d["text"] == open("again.shm").read(), len(d["fingerprint"]))' >got
same 'schema as JSON' "$(cat got)" 'True 32'

# Images hold no name, path, time or host.
mkdir -p deeper/still
sleep 1
(cd deeper/still && TZ=Asia/Tokyo LC_ALL=C "$SHM" build ../../s.shm rows=../../r.jsonl -o other.img)
holds 'the same bytes anywhere' cmp i.img deeper/still/other.img

# dump
exits 2 "$SHM" dump i.img by
says 'by is an index .*dump its table, rows'
exits 2 "$SHM" dump i.img nothing
says 'no collection'
exits 2 "$SHM" dump i.img t --csv
exits 2 "$SHM" dump i.img
exits 2 "$SHM" dump i.img rows more
exits 0 "$SHM" dump i.img words
same 'an empty map' "$(cat out)" ''
exits 0 "$SHM" dump --json i.img rows
holds 'rows' cmp out r.jsonl

# verify
exits 0 "$SHM" verify i.img
same 'ok' "$(cat out)" "i.img: ok ($(stat -c %s i.img) bytes, $(grep -oE '[0-9]+ checks' out))"
exits 0 "$SHM" verify --json i.img
holds 'as JSON' python3 -c 'import json; assert json.load(open("out"))["ok"] is True'
# broken WHAT CODE FILE: every command that reads it says so
broken()
{
    local verb
    exits "$2" "$SHM" verify "$3"
    says "$3"
    for verb in "ls $3" "stat $3" "schema $3" "dump $3 rows" "get $3 by 1" "diff $3 i.img" "diff i.img $3"; do
        # shellcheck disable=SC2086
        exits "$2" "$SHM" $verb
        same "$verb prints nothing" "$(cat out)" ''
    done
}
: >empty.img
broken 'an empty file' 3 empty.img
echo short >short.img
broken 'a short file' 3 short.img
head -c 100000 /dev/zero >zero.img
broken 'zeros' 3 zero.img
head -c $(($(stat -c %s i.img) - 1)) i.img >cut.img
broken 'a cut image' 3 cut.img
cat i.img <(echo) >longer.img
mkdir folder.img
broken 'a folder' 3 folder.img
broken 'a device' 3 /dev/null
mkfifo pipe.img
exits 3 timeout 10 "$SHM" verify pipe.img
broken 'no file' 5 absent.img
exits 0 "$SHM" reseal j.img
holds 'reseal changes nothing in a good image' cmp i.img j.img
python3 - <<'END'
data = bytearray(open("i.img", "rb").read())
at = data.index(b"name of row 7\0")
data[at] = 0xff
open("changed.img", "wb").write(data)
END
broken 'a changed byte' 3 changed.img
cp changed.img resealed.img
exits 0 "$SHM" reseal resealed.img
holds 'reseal changes checksums' test "$(cmp -l changed.img resealed.img | wc -l)" -gt 0
broken 'a fault behind the checksums' 3 resealed.img
exits 3 "$SHM" verify --json resealed.img
python3 -c '
import json
d = json.load(open("out"))
print(d["ok"], d["status"], d["offset"] > 0)' >got
same 'why, as JSON' "$(cat got)" 'False SHM_CORRUPT True'
exits 3 "$SHM" verify i.img changed.img j.img
same 'the good ones are named' "$(grep -c ': ok' out)" 2
exits 5 "$SHM" verify changed.img absent.img
exits 3 "$SHM" reseal short.img
exits 5 "$SHM" reseal absent.img
exits 2 "$SHM" verify
exits 2 "$SHM" reseal
exits 2 "$SHM" reseal i.img j.img

# diff
exits 0 "$SHM" diff i.img j.img
same 'no difference' "$(cat out)" ''
sed -e '3s/name of/NAME OF/' -e '$d' r.jsonl >other.jsonl
exits 0 "$SHM" build s.shm rows=other.jsonl -o o.img
exits 1 "$SHM" diff i.img o.img
same 'rows that differ' "$(cat out)" 'rows row 2:
- {"id":2,"name":"name of row 2"}
+ {"id":2,"name":"NAME OF row 2"}
rows row 999:
- {"id":999,"name":"name of row 99"}
rows: 1000 rows, then 999'
exits 1 "$SHM" diff i.img o.img --limit 1
holds 'the rest is counted' grep -qx 'rows: 1 more rows differ' out
exits 1 "$SHM" diff o.img i.img --json --limit 1
python3 -c '
import json
d = json.load(open("out"))
c = d["collections"][0]
print(d["same"], d["schema"], c["name"], c["rows"], c["different"], c["first"][0]["b"]["name"])' >got
same 'as JSON' "$(cat got)" 'False True rows [999, 1000] 2 name of row 2'
sed 's/name: string;/name: string; more: u8 = 3;/; s/seen: set<u8>;/sets: set<u8>;/' s.shm >new.shm
exits 0 "$SHM" build new.shm rows=r.jsonl -o n.img
exits 1 "$SHM" diff i.img n.img --limit 0
holds 'the schema' grep -qx '+   more: u8 = 3;' out
holds 'a collection' grep -qx 'seen: only in i.img' out
echo 'record A { a: u8; } dataset D { as: array<A>; }' >one.shm
echo 'record A { a: u8; } dataset D { as: array<A>; ts: tensor<u8>; more: set<u8>; }' >more.shm
echo '{"a":1}' >one.jsonl
echo '{"a":2}' >two.jsonl
echo '{"key":2}' >key.jsonl
exits 0 "$SHM" build one.shm one.jsonl -o one.img
exits 0 "$SHM" build one.shm two.jsonl -o two.img
exits 0 "$SHM" build more.shm as=two.jsonl more=key.jsonl -o more.img
exits 1 "$SHM" diff one.img two.img --limit 0
same 'counted if not shown' "$(cat out)" 'as: 1 rows differ'
exits 1 "$SHM" diff one.img more.img --json
python3 -c '
import json
print([(c["name"], c["rows"]) for c in json.load(open("out"))["collections"]])' >got
same 'rows of what is in one only' "$(cat got)" "[('as', [1, 1]), ('ts', [0, 0]), ('more', [0, 1])]"
exits 2 "$SHM" diff i.img
exits 2 "$SHM" diff i.img j.img n.img
exits 2 "$SHM" diff i.img j.img --limit x

count
