#!/usr/bin/env bash
# merge: images of one schema become the image that one build of all their rows gives.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >s.shm <<'END'
record City { id: u32; name: string; tags: [string]; twin: ref<City>?; }
record Trip { cities: [ref<City>]; note: any; }
record Note { text: string; }
dataset D {
  cities: array<City>; by_id: index cities by id; by_name: multi cities by name; in_order: sorted cities by name;
  trips: array<Trip>; zones: map<string, string>; seen: set<u16>; events: multimap<u8, string>;
  heights: tensor<f32>; notes: array<Note> deprecated;
}
END

# rows.py FIRST COUNT SHIFT: files of rows whose references count from row SHIFT.
cat >rows.py <<'END'
import json, sys
first, count, shift = map(int, sys.argv[1:])
def write(name, rows):
    with open(name + ".jsonl", "a") as file:
        for row in rows:
            file.write(json.dumps(row) + "\n")
numbers = range(first, first + count)
write("cities", [{"id": i, "name": f"name of city {i % 7}", "tags": [f"tag {i % 5}", "a rather long tag"],
                  **({"twin": shift + (i * 3) % count} if i % 2 else {})} for i in numbers])
write("trips", [{"cities": [shift + i % count, shift], "note": {"a": i, "b": [1.0, None]}} for i in numbers[::3]])
write("zones", [{"key": f"zone {i}", "value": "a zone with a long name"} for i in numbers])
write("seen", [{"key": i % 10} for i in numbers])
write("events", [{"key": i % 3, "value": f"event {i}"} for i in numbers])
write("notes", [{"text": f"note {i}"} for i in numbers[:2]])
END
# npy.py FILE ROWS COLUMNS: 0.0, 1.0, 2.0, ...
cat >npy.py <<'END'
import struct, sys
rows, columns = int(sys.argv[2]), int(sys.argv[3])
header = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d)}" % (rows, columns)
header = header.ljust(117) + "\n"
with open(sys.argv[1], "wb") as file:
    file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
    file.write(struct.pack("<%df" % (rows * columns), *range(rows * columns)))
END
arguments() # FOLDER: NAME=FOLDER/NAME.jsonl...
{
    for name in cities trips zones seen events notes; do
        echo "$name=$1/$name.jsonl"
    done
}
mkdir one two three all
(cd one && python3 ../rows.py 0 50 0 && python3 ../npy.py h.npy 3 4)
(cd two && python3 ../rows.py 50 20 0 && python3 ../npy.py h.npy 2 4)
(cd three && python3 ../rows.py 70 1 0)
(cd all && python3 ../rows.py 0 50 0 && python3 ../rows.py 50 20 50 && python3 ../rows.py 70 1 70)
for i in one two; do
    exits 0 "$SHM" build s.shm $(arguments $i) heights=$i/h.npy -o $i.img
done
exits 0 "$SHM" build s.shm $(arguments three) -o three.img
exits 0 "$SHM" build s.shm $(arguments all) heights=one/h.npy heights=two/h.npy -o all.img

# What it is for.
exits 0 "$SHM" merge one.img two.img three.img -o merged.img
same 'nothing is printed' "$(cat out err)" ''
holds 'three images' cmp merged.img all.img
exits 0 "$SHM" verify merged.img
exits 0 "$SHM" merge -o alone.img one.img
holds 'one image' cmp alone.img one.img
for options in '--jobs 1' '--jobs=2 --memory 64K' '--memory 1G --progress never'; do
    exits 0 "$SHM" merge $options one.img two.img three.img -o merged.img
    holds "with $options" cmp merged.img all.img
done
exits 0 "$SHM" merge one.img two.img -o step.img
exits 0 "$SHM" merge step.img three.img -o step.img
holds 'one after the other, in place' cmp step.img all.img

# --json and progress
exits 0 "$SHM" merge --json one.img two.img three.img -o merged.img
python3 -c '
import json, os
d = json.load(open("out"))
print(d["image"], d["bytes"] == os.path.getsize("merged.img"), d["rows"], d["seconds"] >= 0)' >got
same 'as JSON' "$(cat got)" "merged.img True {'cities': 71, 'trips': 25, 'zones': 71, 'seen': 10, \
'events': 71, 'heights': 20, 'notes': 5} True"
exits 0 "$SHM" merge --progress json one.img two.img -o merged.img
python3 -c '
import json
phases = {json.loads(line)["phase"] for line in open("err")}
print("index by_id" in phases, "sync" in phases)' >got
same 'progress as JSON' "$(cat got)" 'True True'

# Everything that fails leaves the image at its place as it was, and nothing else.
mkdir place
cp all.img place/old.img
refused() # CODE PATTERN ARGUMENT...
{
    local code=$1 pattern=$2
    shift 2
    exits "$code" "$SHM" merge "$@" -o place/old.img
    says "$pattern"
    same 'no data' "$(cat out)" ''
    holds "the old image stays: $*" cmp place/old.img all.img
    same "no litter: $*" "$(ls -A place)" 'old.img'
}
refused 2 'by_id: duplicate key 50: rows 0 and 20 of cities \(row 0 of two.img and row 0 of two.img\)' two.img two.img
cat >m.shm <<'END'
dataset D { zones: map<string, u8>; }
END
echo '{"key":"a","value":1}' >a.jsonl
printf '{"key":"b","value":1}\n{"key":"a","value":2}\n' >b.jsonl
exits 0 "$SHM" build m.shm a.jsonl -o a.img
exits 0 "$SHM" build m.shm b.jsonl -o b.img
refused 2 'zones: duplicate key "a": rows 0 and 2 of zones \(row 0 of a.img and row 1 of b.img\)' a.img b.img

python3 npy.py odd.npy 4 2
exits 0 "$SHM" build s.shm heights=odd.npy -o odd.img
refused 2 'odd.img: heights: a tensor of the shape \[4, 2\] cannot follow on \[3, 4\]' one.img odd.img

# Schemas.
refused 4 'one.img and a.img are not of one schema: from a.img to one.img, ' one.img a.img
cat >m2.shm <<'END'
dataset D { zones: map<string, u8>; more: set<u8>; }
END
exits 0 "$SHM" build m2.shm zones=a.jsonl -o a2.img
refused 4 'b.img and a2.img are not of one schema: from a2.img to b.img, .*more' b.img a2.img
refused 4 'a2.img and b.img are of two versions of a schema: where the first has "  more: set<u8>;", the second has "}"' a2.img b.img

# Inputs that are no images.
head -c 3000 one.img >short.img
refused 3 short.img one.img short.img
cp one.img broken.img
printf 'X' | dd of=broken.img bs=1 seek=2000 conv=notrunc status=none
refused 3 broken.img broken.img one.img
refused 3 'is a folder' one one.img
refused 5 'nowhere.img' one.img nowhere.img
exits 5 "$SHM" merge one.img two.img -o nowhere/new.img
says 'nowhere/new.img'
(
    ulimit -f 1
    "$SHM" merge one.img two.img -o place/old.img 2>err
    echo $? >got
)
same 'a file that may not grow' "$(cat got)" 5
holds 'the old image stays' cmp place/old.img all.img
same 'no litter' "$(ls -A place)" 'old.img'

# Usage.
exits 2 "$SHM" merge one.img two.img
says '-o IMAGE is needed'
exits 2 "$SHM" merge -o place/old.img
says 'images to merge are needed'
exits 2 "$SHM" merge one.img -o place/old.img --jobs 0
says '--jobs takes a number of 1 or more'
exits 2 "$SHM" merge one.img -o place/old.img --memory much
says '--memory takes a size'
exits 2 "$SHM" merge one.img -o place/old.img --progress often
says '--progress takes'
exits 2 "$SHM" merge one.img -o place/old.img --dataset D
says "unknown option '--dataset'"
exits 0 "$SHM" merge --help
holds 'help' grep -q -- '--output IMAGE' out
count
