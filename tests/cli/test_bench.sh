#!/usr/bin/env bash
# bench: every kind of index, every form of key, filled and empty, is measured in bounded time.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >s.shm <<'END'
enum Kind : u8 { small = 0, large }
struct Pair { a: i8; b: uuid; }
struct Point { lat: f64; lon: i32; }
record R { id: u32; name: string; kind: Kind; where: Point; tags: [string]; born: date?; at: datetime; code: uuid; flag: bool; raw: bytes; }
dataset D {
  rows: array<R>;
  by_id: index rows by id; by_code: index rows by code; by_both: index rows by name, id;
  by_name: multi rows by name; by_tag: multi rows by tags; by_kind: multi rows by kind, where.lon; by_point: multi rows by where.lon;
  by_born: multi rows by born; by_flag: multi rows by flag; near: multi rows by name approximate 1/100; nearby: multi rows by raw, tags approximate;
  in_order: sorted rows by name; in_time: sorted rows by at; in_parts: sorted rows by kind, id;
  zones: map<string, u8>; squares: map<i64, u64>; events: multimap<date, string>; seen: set<u16>; both: set<bool>; points: set<Pair>;
  heights: tensor<f32>;
}
END
python3 - <<'END'
import base64, json, struct
def write(name, rows):
    with open(name + ".jsonl", "w") as file:
        for row in rows:
            file.write(json.dumps(row) + "\n")
count = 3000
write("rows", [{"id": i, "name": f"name {i // 2}" if i else "", "kind": ["small", "large"][i % 2], "where": {"lat": i / 3, "lon": i % 90},
                "tags": [f"a tag with number {k}" for k in range(i % 4)], **({"born": "2024-02-%02d" % (i % 29 + 1)} if i % 3 else {}),
                "at": "2024-02-29T12:00:%02dZ" % (i % 60), "code": "%08x-0000-4000-8000-000000000000" % i, "flag": i % 2 == 0,
                "raw": base64.b64encode(b"%d" % i).decode()} for i in range(count)])
write("zones", [{"key": f"zone {i}", "value": 1} for i in range(count)])
write("squares", [{"key": -i, "value": i * i} for i in range(count)])
write("events", [{"key": "2024-02-%02d" % (i % 29 + 1), "value": "x"} for i in range(count)])
write("seen", [{"key": i} for i in range(count)])
write("both", [{"key": False}, {"key": True}])
write("points", [{"key": {"a": i % 100, "b": "00000000-0000-4000-8000-%012d" % i}} for i in range(count)])
header = "{'descr': '<f4', 'fortran_order': False, 'shape': (50000,)}".ljust(117) + "\n"
with open("heights.npy", "wb") as file:
    file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + bytes(200000))
END
inputs=heights=heights.npy
for name in rows zones squares events seen both points; do
    inputs+=" $name=$name.jsonl"
done
# shellcheck disable=SC2086
exits 0 "$SHM" build s.shm $inputs -o i.img
exits 0 "$SHM" build s.shm -o empty.img

# check IMAGE: the JSON, against what ls says
check()
{
    "$SHM" ls --json "$1" >ls.json
    python3 - <<'END'
import json
bench, ls = json.load(open("out")), json.load(open("ls.json"))
filled = sum(c["rows"] for c in ls["collections"]) > 0
names = ["find_ns", "chain_ns", "line_ns", "line_chain_ns", "miss_ns", "batch_ns"]
assert [c["name"] for c in bench["collections"]] == [c["name"] for c in ls["collections"]]
assert bench["bytes"] == ls["bytes"] and 0 < bench["open_seconds"] < 1 and bench["verify_seconds"] > 0
for found, listed in zip(bench["collections"], ls["collections"]):
    kind = found["kind"]
    assert kind == listed["kind"]
    if kind in ("table", "tensor"):
        assert (found["bytes_per_second"] is not None) == filled, found
        continue
    wanted = dict.fromkeys(names, filled)
    wanted["batch_ns"] = filled and kind in ("index", "map", "set")
    for name, is_there in wanted.items():
        assert (found[name] is not None and found[name] > 0) == is_there, (name, found)
    assert found["entries"] == listed["rows"], found
    assert (found["bytes_per_entry"] is not None) == filled
    assert (found["keys_sought"] > 0) == filled and found["rounds"] >= 3
print("good")
END
}
exits 0 "$SHM" bench --seconds 1 --json i.img
same 'every kind and form' "$(check i.img)" good
exits 0 "$SHM" bench --json --seconds=0.1 empty.img
same 'nothing to measure' "$(check empty.img)" good
python3 -c '
import json
forms = {c["name"]: c["key"] for c in json.load(open("out"))["collections"] if "key" in c}
print(forms["by_id"], forms["by_name"], forms["by_both"], forms["both"], forms["by_code"])' >got
same 'forms of keys' "$(cat got)" 'word text parts word text'

# As text: a line for each collection.
exits 0 "$SHM" bench i.img --seconds 0.3
holds 'the image' grep -qE '^i.img: [0-9]+ bytes.*; opens in [0-9]+ us, with verification in [0-9.]+ ms$' out
holds 'an index' grep -qE '^by_id +index +word +3000( +[0-9.]+){7}$' out
holds 'no batches in a multi index' grep -qE '^by_name +multi +text +3000( +[0-9.]+){3} +-( +[0-9.]+){3}$' out
holds 'a tensor' grep -qE '^heights +tensor +200000( +[0-9.]+){2}$' out
same 'all of them' "$(grep -cE '^[a-z_]+ +(table|index|multi|approximate|sorted|map|multimap|set|tensor) ' out)" 22
exits 0 "$SHM" bench empty.img --seconds 0.1
holds 'an empty index' grep -qE '^by_id +index +word +0( +-){7}$' out
holds 'an empty table' grep -qE '^rows +table +0 +- +-$' out
cat >t.shm <<'END'
dataset D { }
END
if "$SHM" build t.shm -o none.img 2>err; then
    exits 0 "$SHM" bench none.img --seconds 0.1
    same 'no collections' "$(wc -l <out)" 1
fi

# Time is bounded, whatever there is to measure.
SECONDS=0
exits 0 "$SHM" bench i.img --seconds 2
holds 'about as long as was said' test $SECONDS -le 15

# Images and usage.
head -c 3000 i.img >short.img
exits 3 "$SHM" bench short.img
exits 5 "$SHM" bench nowhere.img
exits 2 "$SHM" bench
says 'an image is needed'
exits 2 "$SHM" bench i.img i.img
says "unexpected argument 'i.img'"
for seconds in 0 -1 much 3601 nan ''; do
    exits 2 "$SHM" bench i.img --seconds "$seconds"
    says '--seconds takes a number above 0, up to 3600'
done
exits 0 "$SHM" bench --help
count
