#!/usr/bin/env bash
# The smallest forms through the command: built, described, read by key, dumped and built again.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >s.shm <<'S'
record R { id: u32; name: string; tags: [string]; }
dataset D {
  rows: array<R>;
  by_id: index rows by id min;
  by_name: multi rows by name min;
  by_tag: multi rows by tags min;
  ages: map<i16, u8> min;
  words: map<string, u8> min;
  pairs: multimap<u8, string> min;
  seen: set<u64> min;
}
S
for i in 0 1 2 3 4; do
    echo "{\"id\":$((100 - i)),\"name\":\"n$((i / 2))\",\"tags\":[\"all\",\"t$i\"]}" >>rows.jsonl
    echo "{\"key\":$((2 - i)),\"value\":$i}" >>ages.jsonl
    echo "{\"key\":\"w$i\",\"value\":$i}" >>words.jsonl
    echo "{\"key\":$((i / 3)),\"value\":\"v$i\"}" >>pairs.jsonl
    echo "{\"key\":$((i * 7))}" >>seen.jsonl
done
tac ages.jsonl >ages-back.jsonl
others=(rows=rows.jsonl words=words.jsonl pairs=pairs.jsonl seen=seen.jsonl)
exits 0 "$SHM" build s.shm "${others[@]}" ages=ages.jsonl -o i.img
exits 0 "$SHM" verify i.img

# get: the rows of a key, and none
exits 0 "$SHM" get i.img by_id 98
same 'a unique index' "$(cat out)" '{"id":98,"name":"n1","tags":["all","t2"]}'
exits 1 "$SHM" get i.img by_id 5
exits 0 "$SHM" get i.img by_name n0
same 'a multi index' "$(wc -l <out)" 2
exits 0 "$SHM" get i.img by_tag all
same 'a multi index of lists' "$(wc -l <out)" 5
exits 1 "$SHM" get i.img by_tag t9
exits 0 "$SHM" get i.img ages -- -2
same 'a dense map' "$(cat out)" 4
exits 1 "$SHM" get i.img ages 7
exits 0 "$SHM" get i.img words w3
same 'a map of texts' "$(cat out)" 3
exits 0 "$SHM" get i.img pairs 0
same 'a multimap' "$(wc -l <out)" 3
exits 0 "$SHM" get i.img seen 28
exits 1 "$SHM" get i.img seen 29

# ls, stat, schema
exits 0 "$SHM" ls i.img
holds 'a dense map is told of' grep -qE '^ages +map +5 +5 +[0-9]+$' out
exits 0 "$SHM" stat i.img --json
python3 -c '
import json
d = json.load(open("out"))
print(sorted({s["kind"] for s in d["sections"]}))' >got
same 'its sections' "$(cat got)" "['buckets', 'fragments', 'heap', 'pilots', 'placed', 'rows', 'schema']"
exits 0 "$SHM" schema i.img
holds 'the option stays' grep -q 'ages: map<i16, u8> min;' out
cp out again.shm

# dump and build: the same bytes, however the map was put
exits 0 "$SHM" dump i.img ages
cp out dumped.jsonl
same 'all entries' "$(sort dumped.jsonl)" "$(sort ages.jsonl)"
exits 0 "$SHM" build again.shm "${others[@]}" ages=dumped.jsonl -o j.img
holds 'a dump builds the same' cmp i.img j.img
exits 0 "$SHM" build s.shm "${others[@]}" ages=ages-back.jsonl -o j.img
holds 'the order of entries leaves no trace' cmp i.img j.img
exits 0 "$SHM" diff i.img j.img

# one entry more moves the others, and is all that differs
{ cat ages.jsonl; echo '{"key":7777,"value":3}'; } >more.jsonl
exits 0 "$SHM" build s.shm "${others[@]}" ages=more.jsonl -o k.img
exits 1 "$SHM" diff i.img k.img
same 'the one that is new' "$(grep -c '^[-+] ' out)" 1
holds 'by its key' grep -q '7777' out

# a key twice
echo '{"key":1,"value":9}' >>ages.jsonl
exits 2 "$SHM" build s.shm ages=ages.jsonl -o no.img
holds 'both rows are named' grep -q 'ages: duplicate key 1: rows 1 and 5 of ages' err
same 'nothing is left' "$(ls no.img 2>/dev/null)" ''

count
