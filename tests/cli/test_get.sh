#!/usr/bin/env bash
# shm get: keys of every type, in every kind of collection; what is no key, and what is not there.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >s.shm <<'END'
enum Kind : i8 { low = -1, high = 1 }
struct Point { x: i8; y: u64; }
record R {
  b: bool; i8: i8; u8: u8; i64: i64; u64: u64; f64: f64; f32: f32; s: string; by: bytes; d: date; dt: datetime; id: uuid;
  k: Kind; p: Point; tags: [string]; nums: {u16}; opt: u32?;
}
dataset D {
  rows: array<R>;
  by_b: multi rows by b; by_i8: index rows by i8; by_u8: index rows by u8; by_i64: index rows by i64;
  by_u64: index rows by u64; by_f64: multi rows by f64; by_f32: multi rows by f32; by_s: multi rows by s; by_by: index rows by by;
  by_d: multi rows by d; by_dt: multi rows by dt; by_id: index rows by id; by_k: multi rows by k;
  by_p: index rows by p; by_y: multi rows by p.y; by_tag: multi rows by tags; by_num: multi rows by nums;
  by_both: multi rows by k, s; by_three: multi rows by tags, p, by; by_opt: multi rows by opt;
  near: multi rows by s approximate 1/1000;
  words: map<string, u8>; points: map<Point, string>; many: multimap<u32, string>; seen: set<i32>; times: set<datetime>;
  t: tensor<u8>;
}
END
cat >rows.jsonl <<'END'
{"b":true,"i8":-7,"u8":0,"i64":-9223372036854775808,"u64":18446744073709551615,"f64":0.1,"f32":0.1,"s":"Bern","by":"AAE=","d":"2024-02-29","dt":"2024-01-01T12:00:00+02:00","id":"6ba7b810-9dad-11d1-80b4-00c04fd430c8","k":"low","p":{"x":-1,"y":5},"tags":["a","b","a"],"nums":[1,2],"opt":3}
{"b":true,"i8":7,"u8":1,"i64":0,"u64":0,"f64":-0.0,"f32":"NaN","s":"","by":"","d":"0001-01-01","dt":"2024-01-01T10:00:00Z","id":"00000000-0000-0000-0000-000000000000","k":"high","p":{"x":1,"y":18446744073709551615},"tags":["b"],"nums":[]}
{"b":false,"i8":8,"u8":2,"i64":1,"u64":1,"f64":"Infinity","f32":1,"s":"Bern","by":"/////////////////////w==","d":"9999-12-31","dt":"2024-01-01T10:00:00.000001Z","id":"ffffffff-ffff-ffff-ffff-ffffffffffff","k":"high","p":{"x":1,"y":5},"tags":[],"nums":[65535],"opt":3}
END
printf '{"key":"a","value":1}\n{"key":"--","value":2}\n{"key":"","value":3}\n' >words.jsonl
printf '{"key":{"x":1,"y":2},"value":"one"}\n' >points.jsonl
printf '{"key":1,"value":"x"}\n{"key":2,"value":"y"}\n{"key":1,"value":"z"}\n' >many.jsonl
printf '{"key":-7}\n{"key":0}\n' >seen.jsonl
printf '{"key":"2024-01-01T10:00:00+01:00"}\n' >times.jsonl
exits 0 "$SHM" build s.shm rows=rows.jsonl words=words.jsonl points=points.jsonl many=many.jsonl \
    seen=seen.jsonl times=times.jsonl -o i.img
cat err

# finds NAME KEY ROW...: get prints the rows with these numbers
finds()
{
    local name=$1 key=$2 wanted
    shift 2
    wanted=$(for row in "$@"; do "$SHM" dump i.img rows | sed -n "$((row + 1))p"; done)
    exits 0 "$SHM" get i.img "$name" -- "$key"
    same "$name $key" "$(cat out)" "$wanted"
    exits 0 "$SHM" get i.img "$name" --count -- "$key"
    same "$name $key: count" "$(cat out)" $#
}
# lacks NAME KEY: exit 1, nothing printed
lacks()
{
    exits 1 "$SHM" get i.img "$1" -- "$2"
    same 'nothing on stdout' "$(cat out)" ''
    says "$1: nothing has the key"
}
# none NAME KEY PATTERN: not a key of that type
none()
{
    exits 2 "$SHM" get i.img "$1" -- "$2"
    same 'nothing on stdout' "$(cat out)" ''
    says "$3"
}

finds rows 0 0
finds rows 2 2
lacks rows 3
none rows -1 'out of range'
none rows x 'not a value'
finds by_b true 0 1
finds by_b false 2
none by_b 1 'true or false'
finds by_i8 -7 0
finds by_i8 7 1
lacks by_i8 9
none by_i8 128 'out of range for i8 \(-128 to 127\)'
none by_i8 1.0 'not a value of type i8'
none by_i8 '' 'not a value of type i8'
none by_i8 +7 'not a value'
none by_i8 ' 7' 'not a value'
finds by_u8 0 0
none by_u8 300 'out of range for u8 \(0 to 255\)'
none by_u8 -1 'out of range'
finds by_i64 -9223372036854775808 0
finds by_u64 18446744073709551615 0
none by_u64 18446744073709551616 'out of range'
finds by_f64 0.1 0
finds by_f64 1e-1 0
finds by_f64 0 1
finds by_f64 -0.0 1
finds by_f64 Infinity 2
lacks by_f64 NaN
none by_f64 1e999 'out of range for f64'
none by_f64 x 'not a value'
finds by_f32 0.1 0
finds by_f32 NaN 1
finds by_f32 1 2
finds by_s Bern 0 2
finds by_s '' 1
lacks by_s bern
lacks by_s '"Bern"'
none by_s $'\xff' 'not valid UTF-8'
finds by_by AAE= 0
finds by_by '' 1
finds by_by /////////////////////w== 2
lacks by_by AAI=
none by_by AAE 'base64'
finds by_d 2024-02-29 0
finds by_d 0001-01-01 1
lacks by_d 2024-03-01
none by_d 2023-02-29 'not a value of type date'
finds by_dt 2024-01-01T10:00:00Z 0 1
finds by_dt 2024-01-01T11:00:00+01:00 0 1
finds by_dt 2024-01-01T10:00:00.000001Z 2
none by_dt 2024-01-01T10:00:00 'datetime'
finds by_id 6BA7B810-9dad-11d1-80b4-00c04fd430c8 0
none by_id 6ba7b810 'uuid'
finds by_k low 0
finds by_k high 1 2
none by_k middle 'not a value of type Kind'
none by_k 1 'not a value of type Kind'
finds by_p '{"x":-1,"y":5}' 0
finds by_p ' { "y" : 18446744073709551615, "x":1 } ' 1
lacks by_p '{"x":0,"y":0}'
none by_p '{"x":0}' 'fields of Point'
none by_p '{"x":0,"y":1,"z":2}' 'fields of Point'
none by_p '{"x":0,"x":1,"y":1}' 'repeated field'
none by_p '{"x":200,"y":1}' 'out of range for i8'
none by_p '1' 'not an object'
finds by_y 5 0 2
finds by_tag b 0 1
finds by_tag a 0
finds by_num 65535 2
none by_num 65536 'out of range'
finds by_both '["low","Bern"]' 0
finds by_both '[ "high" , "" ]' 1
lacks by_both '["low",""]'
none by_both '["low"]' 'array of 2 parts'
none by_both '["low","Bern",1]' 'array of 2 parts'
none by_both 'low' 'not an array'
none by_both '["low",1]' 'not a value of type string'
none by_both '["low","Bern"' "expected ','"
none by_both '["low","Bern"] x' 'expected the end'
finds by_three '["b",{"x":-1,"y":5},"AAE="]' 0
finds by_three '["b",{"x":1,"y":18446744073709551615},""]' 1
finds by_opt 3 0 2
finds near Bern 0 2

# One line a match: of a map the value, of a set the key.
exits 0 "$SHM" get i.img words a
same 'a map' "$(cat out)" 1
exits 0 "$SHM" get i.img words a -- ''
same '-- after a key is a key' "$(cat out)" '1
2
3'
exits 0 "$SHM" get i.img words -- a
same '-- before the keys' "$(cat out)" 1
exits 0 "$SHM" get i.img points '{"x":1,"y":2}'
same 'a map of structs' "$(cat out)" '"one"'
exits 0 "$SHM" get i.img many 1
same 'a multimap' "$(cat out)" '"x"
"z"'
exits 0 "$SHM" get i.img seen -7
same 'a negative number is no option' "$(cat out)" -7
exits 0 "$SHM" get i.img times 2024-01-01T09:00:00Z
same 'a set prints the key that it holds' "$(cat out)" '"2024-01-01T10:00:00+01:00"'

exits 0 "$SHM" get i.img many --with-key 1
same 'with key' "$(cat out)" '{"key":1,"value":"x"}
{"key":1,"value":"z"}'
exits 0 "$SHM" get i.img --with-key seen 0
same 'with key, a set' "$(cat out)" '{"key":0}'
exits 0 "$SHM" get --count --with-key i.img by_both '["high","Bern"]'
same 'with key and count' "$(cat out)" '{"key":["high","Bern"],"count":1}'
exits 0 "$SHM" get --with-key --count i.img by_p '{"y":5,"x":1}'
same 'a struct' "$(cat out)" '{"key":{"x":1,"y":5},"count":1}'

# Several keys: what is there is printed, the rest is named.
exits 1 "$SHM" get i.img words a b -- c
same 'what is there' "$(cat out)" '1
2'
says 'words: nothing has the key "b"'
says 'words: nothing has the key "c"'
exits 1 "$SHM" get i.img many --count 1 3 2
same 'counts' "$(cat out)" '2
0
1'
exits 2 "$SHM" get i.img by_u8 0 300
same 'nothing before a key that is none' "$(cat out)" ''
says "key '300' of by_u8"

echo 'dataset D { fs: set<f64>; }' >floats.shm
printf 'key\n-Infinity\n-0.5\n' >floats.csv
exits 0 "$SHM" build floats.shm floats.csv -o floats.img
exits 0 "$SHM" get floats.img fs -Infinity -0.5
same 'negative numbers are keys' "$(cat out)" '"-Infinity"
-0.5'
exits 2 "$SHM" get floats.img fs -Inf
says "unknown option '-I'"
says '\[--\] KEY'
exits 2 "$SHM" get i.img nothing 1
says 'no collection "nothing"; there are: rows, by_b'
exits 2 "$SHM" get i.img t 1
says 'tensor'
exits 2 "$SHM" get i.img rows
exits 2 "$SHM" get i.img rows --frob 1
says "unknown option '--frob'"

# Under another version of the schema: appended fields read as their default, widened keys are found.
sed 's/u8: u8;/u8: u32;/; s/opt: u32?;/opt: u32?; more: string = "new"; why: u8?;/' s.shm >new.shm
exits 0 "$SHM" get i.img by_u8 --schema new.shm 1
python3 -c '
import json
row = json.load(open("out"))
print(row["u8"], row["more"], "why" in row)' >got
same 'an older image' "$(cat got)" '1 new False'
exits 1 "$SHM" get i.img by_u8 --schema new.shm 300
exits 0 "$SHM" dump i.img rows --schema new.shm
same 'all rows' "$(grep -c '"more":"new"' out)" 3
sed 's/s: string;/s: u32;/' s.shm >wrong.shm
exits 4 "$SHM" get i.img by_u8 --schema wrong.shm 1
says 's'
sed 's/^dataset D {/&\n  by_why: multi rows by why;/' new.shm >newer.shm
exits 1 "$SHM" get i.img by_why --schema newer.shm 1
says 'by_why: nothing has the key 1: the image is older than this collection; build it again'
dataset=$(sed -n 's/^dataset \([A-Za-z]*\).*/\1/p' s.shm)
{
    cat new.shm
    echo 'record Other { o: u8; } dataset Another { others: array<Other>; }'
} >two.shm
exits 0 "$SHM" get i.img by_u8 --schema two.shm 1
holds "of several datasets, the image's" grep -q '"more":"new"' out
exits 0 "$SHM" dump i.img rows --schema two.shm --dataset "$dataset"
exits 4 "$SHM" dump i.img rows --schema two.shm --dataset Another
exits 5 "$SHM" get i.img by_u8 --schema absent.shm 1
echo 'record {' >broken.shm
exits 2 "$SHM" get i.img by_u8 --schema broken.shm 1
says '^broken\.shm:1:8: error: '

count
