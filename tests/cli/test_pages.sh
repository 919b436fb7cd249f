#!/usr/bin/env bash
# Huge pages as the command tells of them: stat --huge, doctor; and how files are written for them.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >s.shm <<'END'
record R { id: u64; a: u64; }
dataset D { rows: array<R>; by: index rows by id; }
END
python3 -c '
for i in range(300000): print("{\"id\":%d,\"a\":%d}" % (i, i * 7))' >r.jsonl
exits 0 "$SHM" build s.shm r.jsonl -o i.img

pages() # the numbers of stat --json, checked
{
    python3 -c '
import json, os
d = json.load(open("out"))
p = d["pages"]
assert p["mapped"] == -(-d["bytes"] // 4096) * 4096 == p["resident"] >= p["huge"], p
assert p["huge"] % (2 << 20) == 0, p
print(p["huge"])'
}
exits 0 "$SHM" stat --json i.img
plain=$(pages)
exits 0 "$SHM" stat --json --huge i.img
asked=$(pages)
holds 'asking gives no fewer' test "$asked" -ge "$plain"
exits 0 "$SHM" stat i.img
holds 'as text' grep -qE '^in memory: [0-9]+ bytes, of these [0-9]+ \([0-9.]+ %\) in huge pages$' out
exits 0 "$SHM" stat i.img --huge
holds 'as text' grep -q " of these $asked (" out
exits 2 "$SHM" stat --huge
says 'an image is needed'
exits 2 "$SHM" stat --huge i.img i.img
says "unexpected argument 'i.img'"
exits 3 "$SHM" stat --huge r.jsonl

# What doctor tries is what images get.
exits 0 "$SHM" doctor --json
python3 -c '
import json, re
found = {f["name"]: f for f in json.load(open("out"))["findings"]}
for name in ("huge in images here", "huge in images in /dev/shm"):
    assert re.fullmatch(r"\d+ % as built, \d+ % if asked for|unknown", found[name]["value"]), found[name]
assert re.fullmatch(r"\d+ % if asked for|unknown", found["huge in private copies"]["value"])
for f in found.values():
    if f["value"].endswith(" if asked for"):
        assert f["value"].endswith("100 % if asked for") == ("advice" not in f), f
print(found["huge in images here"]["value"].split()[0] == "100")' >got
same 'doctor tries' "$(cat got)" "$([ "$plain" -gt 0 ] && echo True || echo False)"
same 'it leaves nothing behind' "$(ls -A | tr '\n' ' ')" 'err got i.img out r.jsonl s.shm '

# Files are written in chunks of 2 MiB at multiples of it: all but the one in which the rows end, which
# indexes are built from before more is written, and the last.
strace -f -qq -o trace -e trace=pwrite64 "$SHM" build s.shm r.jsonl -o j.img
python3 - <<'END' >got
import os, re
chunk = 2 << 20
whole = set()
for size, at in re.findall(r", (\d+), (\d+)\) = \d+", open("trace").read()):
    size, at = int(size), int(at)
    if at % chunk == 0:
        whole.update(range(at // chunk, (at + size) // chunk))
count = os.path.getsize("j.img") // chunk
print(count > 3, len(whole) >= count - 1)
END
same 'chunks' "$(cat got)" 'True True'
count
