#!/usr/bin/env bash
# shm scan: ranges, prefixes and limits of sorted indexes, in the order of their keys.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >s.shm <<'END'
enum Kind : i8 { high = 1, low = -1 }
struct Point { x: i8; y: u64; }
record R { n: u32; i: i8; s: string; k: Kind; f: f64; d: date?; p: Point; tags: [string]; by: bytes; nums: {i16}; }
dataset D {
  rows: array<R>;
  ns: sorted rows by n; is: sorted rows by i; ss: sorted rows by s; ks: sorted rows by k, s;
  fs: sorted rows by f; ds: sorted rows by d; ps: sorted rows by p; ts: sorted rows by tags;
  bs: sorted rows by by; xs: sorted rows by nums; multi: multi rows by s;
}
END
cat >rows.jsonl <<'END'
{"n":0,"i":5,"s":"Bern","k":"high","f":0.5,"d":"2024-02-29","p":{"x":-1,"y":7},"tags":["b","a","b"],"by":"/w==","nums":[3,-4]}
{"n":1,"i":-7,"s":"Basel","k":"low","f":"-Infinity","p":{"x":1,"y":2},"tags":[],"by":"AA==","nums":[]}
{"n":2,"i":0,"s":"Bernau bei Berlin","k":"high","f":"NaN","d":"0001-01-01","p":{"x":-1,"y":3},"tags":["a"],"by":"","nums":[3]}
{"n":3,"i":127,"s":"Zürich","k":"low","f":-0.0,"d":"2024-02-28","p":{"x":1,"y":1},"tags":["ab","c"],"by":"/wA=","nums":[-32768]}
{"n":4,"i":-128,"s":"Bern","k":"low","f":0,"d":"9999-12-31","p":{"x":0,"y":0},"tags":["a"],"by":"fw==","nums":[0]}
END
exits 0 "$SHM" build s.shm rows=rows.jsonl -o i.img
cat err

# scans WANTED ARGUMENT...: the numbers of the rows that scan prints
scans()
{
    local wanted=$1 got
    shift
    exits 0 "$SHM" scan i.img "$@"
    got=$(sed 's/^{"n":\([0-9]*\),.*/\1/' out | tr '\n' ' ')
    same "scan $*" "${got% }" "$wanted"
}

scans '0 1 2 3 4' ns
scans '1 2' ns --from 1 --to 3
scans '' ns --from 3 --to 1
scans '' ns --from 5
scans '0' ns --to 1
scans '4 1 2 0 3' is
scans '1 2' is --from -7 --to 5
scans '1 0 4 2 3' ss
scans '1 0 4 2 3' ss --prefix B --prefix ''
scans '0 4 2' ss --prefix Bern
scans '0 4' ss --prefix Bern --limit 2
scans '' ss --limit 0
scans '2' ss --prefix Bern --from Berna
scans '0 4' ss --prefix Bern --to Berna
scans '3' ss --prefix Zü
scans '' ss --prefix Berlin
scans '0 4' ss --from Bern --to 'Bern '
scans '1 4 3 0 2' ks
scans '1 4 3' ks --to '["high"]'
scans '0 2' ks --from '["high"]'
scans '1 4' ks --prefix '["low","B"]'
scans '4' ks --prefix '["low","Be"]'
scans '0 2' ks --prefix '["high"]'
scans '2' ks --from '["high","Berna"]'
scans '1 4 3 0 2' ks --from '[]'
scans '1 3 4 0 2' fs
scans '3 4' fs --from 0 --to 0.5
scans '2' fs --from NaN
scans '2 3 0 4' ds
scans '3' ds --from 2024-02-28 --to 2024-02-29
scans '2 0 4 3 1' ps
scans '4 3' ps --from '{"x":0,"y":0}' --to '{"x":1,"y":2}'
scans '0 2 4 3 0 3' ts
scans '0 2 4 3' ts --prefix a
scans '0' ts --from b --to c
scans '2 1 4 0 3' bs
scans '0 3' bs --prefix /w==
scans '3 0 4 0 2' xs

# get finds in them, too, in row order
exits 0 "$SHM" get i.img ss Bern
same 'rows of one key' "$(sed 's/^{"n":\([0-9]*\),.*/\1/' out | tr '\n' ' ')" '0 4 '
exits 1 "$SHM" get i.img ss Berlin
exits 0 "$SHM" get i.img ts --count a
same 'rows of an element' "$(cat out)" 3
exits 0 "$SHM" ls i.img
holds 'ls says what it is' grep -Eq '^ts +sorted +6 +4 ' out
exits 0 "$SHM" stat i.img --json

# a program that knows a wider field
sed 's/n: u32/n: i64/; s/i: i8/i: i64/' s.shm >wide.shm
scans '0 1' ns --schema wide.shm --from -5 --to 2
scans '' ns --schema wide.shm --to -5
scans '0 1 2 3 4' ns --schema wide.shm --to 4294967296
scans '' ns --schema wide.shm --from 4294967296
scans '4 1 2 0 3' is --schema wide.shm --from -1000 --to 1000
scans '' is --schema wide.shm --to -1000
scans '' is --schema wide.shm --from 128

# mistakes
exits 2 "$SHM" scan i.img ns --prefix 1
says 'no texts'
exits 2 "$SHM" scan i.img multi
says 'no sorted index'
exits 2 "$SHM" scan i.img nothing
exits 2 "$SHM" scan i.img
exits 2 "$SHM" scan i.img ns --from x
says "--from 'x' of ns"
exits 2 "$SHM" scan i.img ns --limit -1
exits 2 "$SHM" scan i.img ks --from '["low","a",1]'
exits 5 "$SHM" scan none.img ns
exits 0 "$SHM" scan --help
same 'nothing on stderr' "$(cat err)" ''

# one form: dumped and built again, byte by byte, and verified
exits 0 "$SHM" verify i.img
"$SHM" dump i.img rows >again.jsonl
"$SHM" schema i.img >again.shm
exits 0 "$SHM" build again.shm rows=again.jsonl -o again.img
holds 'the same bytes' cmp i.img again.img
count
