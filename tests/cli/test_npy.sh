#!/usr/bin/env bash
# .npy in and out: tensors, sets of numbers, plain rows.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >s.shm <<'END'
record R { id: u16; x: f32; ok: bool = true; }
dataset D { t: tensor<f32>; bytes: tensor<u8>; longs: tensor<i64>; seen: set<i32>; rows: array<R>; }
END

cat >make.py <<'END'
import struct, sys
# make.py FILE VERSION HEADER HEX
name, version, header, data = sys.argv[1:]
head = header.encode()
fixed = 10 if version == "1" else 12
head += b" " * (-(len(head) + fixed + 1) % 64) + b"\n"
size = struct.pack("<H" if version == "1" else "<I", len(head))
open(name, "wb").write(b"\x93NUMPY" + bytes([int(version), 0]) + size + head + bytes.fromhex(data))
END

header() # DTYPE ORDER SHAPE
{
    echo "{'descr': '$1', 'fortran_order': $2, 'shape': $3, }"
}

floats() # FORMAT NUMBER...
{
    python3 -c 'import struct, sys; print(struct.pack(sys.argv[1], *map(float, sys.argv[2:])).hex())' "$@"
}

ints()
{
    python3 -c 'import struct, sys; print(struct.pack(sys.argv[1], *map(int, sys.argv[2:])).hex())' "$@"
}

# gives NAME JSON: the build of t.npy into that tensor
gives()
{
    exits 0 "$SHM" build s.shm "$1=t.npy" -o i.img
    cat err
    same "$1" "$("$SHM" dump i.img "$1" --json)" "$2"
    "$SHM" dump i.img "$1" >d.npy
    exits 0 "$SHM" build s.shm "$1=d.npy" -o j.img
    holds 'dump and build' cmp i.img j.img
}

six=$(floats '<6f' 1 2 3 4 5 6)
for version in 1 2 3; do
    python3 make.py t.npy $version "$(header '<f4' False '(2, 3)')" "$six"
    gives t '{"shape":[2,3],"data":[1.0,2.0,3.0,4.0,5.0,6.0]}'
done
cp t.npy first.npy
python3 make.py t.npy 1 "$(header '>f4' False '(2, 3)')" "$(floats '>6f' 1 2 3 4 5 6)"
gives t '{"shape":[2,3],"data":[1.0,2.0,3.0,4.0,5.0,6.0]}'
python3 make.py t.npy 1 "$(header '<f4' True '(2, 3)')" "$(floats '<6f' 1 4 2 5 3 6)"
gives t '{"shape":[2,3],"data":[1.0,2.0,3.0,4.0,5.0,6.0]}'
python3 make.py t.npy 1 "$(header '<f4' True '(2, 1, 3)')" "$(floats '<6f' 1 4 2 5 3 6)"
gives t '{"shape":[2,1,3],"data":[1.0,2.0,3.0,4.0,5.0,6.0]}'
python3 make.py t.npy 1 "$(header '<f4' True '(0, 3)')" ''
gives t '{"shape":[0,3],"data":[]}'
python3 make.py t.npy 1 "$(header '<f4' False '()')" "$(floats '<f' 0.1)"
gives t '{"shape":[],"data":[0.1]}'
python3 make.py t.npy 1 "$(header '|u1' False '(3,)')" 0001ff
gives bytes '{"shape":[3],"data":[0,1,255]}'
python3 make.py t.npy 1 "$(header '<i8' False '(2,)')" "$(ints '<2q' -9223372036854775808 5)"
gives longs '{"shape":[2],"data":[-9223372036854775808,5]}'
python3 make.py t.npy 1 "{\"shape\": (1,), \"fortran_order\": False, \"descr\": \"<i8\"}" "$(ints '<q' 5)"
gives longs '{"shape":[1],"data":[5]}'

# A tensor that no file fills is [0].
exits 0 "$SHM" build s.shm -o i.img
same 'never filled' "$("$SHM" dump i.img t --json)" '{"shape":[0],"data":[]}'

# Several files follow one another along the first axis.
python3 make.py second.npy 1 "$(header '<f4' False '(1, 3)')" "$(floats '<3f' 7 8 9)"
exits 0 "$SHM" build s.shm t=first.npy t=second.npy -o i.img
same 'two files' "$("$SHM" dump i.img t --json)" '{"shape":[3,3],"data":[1.0,2.0,3.0,4.0,5.0,6.0,7.0,8.0,9.0]}'
python3 make.py second.npy 1 "$(header '<f4' False '(3, 1)')" "$(floats '<3f' 7 8 9)"
exits 2 "$SHM" build s.shm t=first.npy t=second.npy -o i.img
says 'second\.npy: its shape does not follow'

# What is refused.
bad()
{
    exits 2 "$SHM" build s.shm "$1=t.npy" -o n.img
    says "$2"
    holds 'no image' test ! -e n.img
}
python3 make.py t.npy 1 "$(header '<f8' False '(1,)')" "$(floats '<d' 1)"
bad t 't\.npy: its elements are <f8, t is a tensor<f32>'
python3 make.py t.npy 1 "$(header '<f2' False '(1,)')" 0000
bad t 'its elements are not'
python3 make.py t.npy 1 "$(header '<c8' False '(1,)')" 0000000000000000
bad t 'its elements are not'
python3 make.py t.npy 1 "$(header '|O' False '(1,)')" 00
bad t 'its elements are not'
python3 make.py t.npy 1 "$(header '<f4' False '(2,)')" "$(floats '<f' 1)"
bad t 't\.npy: it holds 4 bytes of elements, its header promises 2'
python3 make.py t.npy 1 "$(header '<f4' False '(1,)')" "$(floats '<2f' 1 2)"
bad t 't\.npy: it holds 8 bytes'
python3 make.py t.npy 1 "$(header '<f4' False '(4611686018427387904, 4)')" "$(floats '<f' 1)"
bad t 't\.npy: '
python3 make.py t.npy 1 "$(header '<f4' Maybe '(1,)')" "$(floats '<f' 1)"
bad t 'fortran_order'
python3 make.py t.npy 1 '{}' ''
bad t 'lacks'
python3 make.py t.npy 4 "$(header '<f4' False '(1,)')" "$(floats '<f' 1)"
bad t 'format version'
head -c 20 first.npy >t.npy
bad t 'ends within its header'
echo '[1,2]' >t.npy
bad t 'no \.npy file'
: >t.npy
bad t 'no \.npy file'
echo '[1]' >t.jsonl
exits 2 "$SHM" build s.shm t=t.jsonl -o n.img
says 'takes \.npy files'

# Sets of numbers, and rows.
python3 make.py k.npy 1 "$(header '<i4' False '(3,)')" "$(ints '<3i' 5 -7 9)"
exits 0 "$SHM" build s.shm seen=k.npy -o i.img
same 'a set' "$("$SHM" dump i.img seen)" '{"key":5}
{"key":-7}
{"key":9}'
python3 make.py k.npy 1 "$(header '>u8' False '(1,)')" "$(ints '>Q' 18446744073709551615)"
exits 2 "$SHM" build s.shm seen=k.npy -o i.img
says 'k\.npy: element 0: key: 18446744073709551615 is out of range for i32'
python3 make.py r.npy 1 "{'descr': [('x', '<f4'), ('id', '>u2')], 'fortran_order': False, 'shape': (2,), }" \
    "$(floats '<f' 0.5)0007$(floats '<f' 1)0008"
exits 0 "$SHM" build s.shm rows=r.npy -o i.img
same 'rows' "$("$SHM" dump i.img rows)" '{"id":7,"x":0.5,"ok":true}
{"id":8,"x":1.0,"ok":true}'
python3 make.py r.npy 1 "{'descr': [('y', '<f4')], 'fortran_order': False, 'shape': (0,), }" ''
exits 2 "$SHM" build s.shm rows=r.npy -o i.img
says 'unknown field "y" of rows'

count
