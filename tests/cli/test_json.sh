#!/usr/bin/env bash
# JSON forms: what each type takes, what it refuses and what it prints.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# takes TYPE INPUT OUTPUT [DECLARATIONS]: a field of that type reads INPUT and prints OUTPUT.
takes()
{
    printf '%s record R { f: %s; } dataset D { rs: array<R>; }' "${4:-}" "$1" >s.shm
    printf '{"f":%s}' "$2" | "$SHM" build s.shm - -o i.img 2>err || {
        fail "$1 takes $2" "$(cat err)"
        return
    }
    same "$1 prints $2" "$("$SHM" dump i.img rs)" "{\"f\":$3}"
    "$SHM" dump i.img rs | "$SHM" build s.shm - -o j.img
    holds "$1 reads again what it printed for $2" cmp -s i.img j.img
}

# refuses TYPE INPUT PATTERN [DECLARATIONS]: exit 2, at the value, naming the field.
refuses()
{
    printf '%s record R { f: %s; } dataset D { rs: array<R>; }' "${4:-}" "$1" >s.shm
    printf '{"f":%s}' "$2" >r.jsonl
    exits 2 "$SHM" build s.shm r.jsonl -o n.img
    says "^r\.jsonl:1:[0-9]+: "
    says "$3"
}

# omitted TYPE OUTPUT: what an empty object prints
omitted()
{
    printf '%s record R { f: %s; } dataset D { rs: array<R>; }' "${3:-}" "$1" >s.shm
    echo '{}' | "$SHM" build s.shm - -o i.img 2>err || {
        fail "$1 left out" "$(cat err)"
        return
    }
    same "$1 left out" "$("$SHM" dump i.img rs)" "$2"
}

takes bool true true
takes bool false false
refuses bool 1 '1 is not a value of type bool'
refuses bool '"true"' 'not a value of type bool'

for limits in 'i8 -128 127' 'i16 -32768 32767' 'i32 -2147483648 2147483647' \
    'i64 -9223372036854775808 9223372036854775807' 'u8 0 255' 'u16 0 65535' 'u32 0 4294967295' \
    'u64 0 18446744073709551615'; do
    read -r type least most <<<"$limits"
    takes "$type" "$least" "$least"
    takes "$type" "$most" "$most"
    takes "$type" -0 0
    over=$(python3 -c "print($most + 1)")
    under=$(python3 -c "print($least - 1)")
    refuses "$type" "$over" "$over is out of range for $type \($least to $most\)"
    refuses "$type" "$under" "$under is out of range for $type"
    refuses "$type" 1.0 'no fraction and no exponent'
    refuses "$type" 1e2 'no fraction and no exponent'
    refuses "$type" '"1"' 'is not a value of type'
    refuses "$type" null 'null is not a value of type'
    refuses "$type" 01 '01 is not a number'
    refuses "$type" +1 'is not a value of type'
    refuses "$type" 1234567890123456789012345678901234567890123 'out of range'
done

takes f64 0.1 0.1
takes f64 1 1.0
takes f64 -0 -0.0
takes f64 -0.0 -0.0
takes f64 1e22 1e+22
refuses f64 1E400 'out of range for f64'
takes f64 5e-324 5e-324
takes f64 1.7976931348623157e308 1.7976931348623157e+308
takes f64 9007199254740993 9007199254740992.0
takes f64 '"NaN"' '"NaN"'
takes f64 '"Infinity"' '"Infinity"'
takes f64 '"-Infinity"' '"-Infinity"'
refuses f64 '"nan"' 'not a value of type f64'
refuses f64 '"1"' 'not a value of type f64'
refuses f64 1e999 'out of range for f64'
refuses f64 NaN 'not a value of type f64'
refuses f64 1. 'is not a number'
refuses f64 .5 'not a value of type f64'
takes f32 0.1 0.1
takes f32 16777217 16777216.0
takes f32 3.4028234e38 3.4028235e+38
refuses f32 3.5e38 'out of range for f32'
takes f32 '"NaN"' '"NaN"'

takes string '"a"' '"a"'
takes string '"\u0041\u00e9\u20ac\ud83d\ude00"' '"Aé€😀"'
takes string '"\u0000"' '"\u0000"'
takes string '"\"\\\/\b\f\n\r\t\u001f"' '"\"\\/\b\f\n\r\t\u001f"'
takes string '"a string of more than fifteen bytes"' '"a string of more than fifteen bytes"'
takes string '"exactly15 bytes"' '"exactly15 bytes"'
refuses string 1 'not a value of type string'
refuses string '"\ud800"' 'unpaired surrogate \\ud800'
refuses string '"\udc00"' 'unpaired surrogate \\udc00'
refuses string '"\ud800\u0041"' 'unpaired surrogate'
refuses string '"\u12g4"' 'four hexadecimal digits'
refuses string '"\x"' 'unknown escape'
refuses string $'"a\tb"' 'control character'
refuses string $'"\xff"' '"\\xff" is not valid UTF-8'
refuses string $'"\xed\xa0\x80"' 'not valid UTF-8'
refuses string $'"\xc0\x80"' 'not valid UTF-8'
refuses string '"open' 'does not end'

takes bytes '""' '""'
takes bytes '"AAE="' '"AAE="'
refuses bytes '"AAE"' 'base64'
refuses bytes '"AA=="x' "expected ',' or"
refuses bytes '"AB=="' 'base64'
refuses bytes '"A A="' 'base64'
takes date '"0001-01-01"' '"0001-01-01"'
takes date '"9999-12-31"' '"9999-12-31"'
takes date '"2024-02-29"' '"2024-02-29"'
refuses date '"2023-02-29"' '"2023-02-29" is not a date'
refuses date '"0000-01-01"' 'is not a date'
refuses date '"2024-2-9"' 'is not a date'
takes datetime '"2024-02-29T12:00:00Z"' '"2024-02-29T12:00:00Z"'
takes datetime '"2024-02-29T12:00:00+00:00"' '"2024-02-29T12:00:00+00:00"'
takes datetime '"2024-02-29T12:00:00.000001-05:30"' '"2024-02-29T12:00:00.000001-05:30"'
refuses datetime '"2024-02-29T12:00:00"' 'zone'
refuses datetime '"2024-02-29T12:00:00.123Z"' 'fraction of 0 or 6 digits'
refuses datetime '"2024-02-29T24:00:00Z"' 'is not a datetime'
refuses datetime '"2024-02-29"' 'is not a datetime'
takes uuid '"6BA7B810-9dad-11d1-80b4-00c04fd430c8"' '"6ba7b810-9dad-11d1-80b4-00c04fd430c8"'
refuses uuid '"6ba7b8109dad11d180b400c04fd430c8"' 'is not a uuid'

takes decimal 0.10 0.10
takes decimal '"0.10"' 0.10
takes decimal 1e5 1e5
takes decimal -0.00E+10 -0.00E+10
digits=$(printf '7%.0s' $(seq 1000))
takes decimal "$digits.5" "$digits.5"
takes decimal "\"$digits\"" "$digits"
refuses decimal '"1,5"' 'decimal'
refuses decimal '""' 'decimal'
refuses decimal true 'not a value of type decimal'

enum='enum Kind : u8 { small = 0, medium, large }'
takes Kind '"large"' '"large"' "$enum"
refuses Kind '"huge"' 'f: "huge" is not a value of enum Kind \(small, medium, large\)' "$enum"
refuses Kind 0 '0 is not a value of type Kind' "$enum"

takes '[u8]' '[3,1,3]' '[3,1,3]'
takes '[string]' '[ "b" , "a" ]' '["b","a"]'
takes '[[i16]]' '[[],[-1]]' '[[],[-1]]'
takes '[u8?]' '[1,null]' '[1,null]'
refuses '[u8]' '[1,256]' 'f\[1\]: 256 is out of range'
# Integers side by side are read by the dozen: the one at fault is named wherever it stands.
for count in 1 2 63 64 65 128 129 500; do
    many=$(seq -s, 1 "$count")
    takes '[u16]' "[$many]" "[$many]"
    takes '[i64]' "[${many//,/ , }]" "[$many]"
    takes '[u16]' "[$many,-0]" "[$many,0]"
    refuses '[u16]' "[$many,65536]" "f\[$count\]: 65536 is out of range"
    refuses '[u16]' "[$many,1.5,7]" "f\[$count\]: 1.5 is not a value of type u16"
    refuses '[u16]' "[$many,07]" "f\[$count\]: 07 is not a number"
    refuses '[u16]' "[$many,]" "f\[$count\]: "
    refuses '[u16]' "[$many 7]" "expected ',' or ']', found 7"
    refuses '[u16]' "[$many," "f\[$count\]: "
    refuses '[string]' "[\"${many//,/\",\"}\",7]" "f\[$count\]: 7 is not a value of type string"
done
takes '{string}' '["b" , "a","b"]' '["a","b"]'
takes '[string]' '[ ]' '[]'
refuses '[string]' '["a","b]' 'f\[1\]: a string does not end'
refuses '[u8]' '[1,]' '\] is not'
refuses '[u8]' '[1 2]' "expected ',' or '\]', found 2"
refuses '[u8]' '[1' "expected ',' or ']', found }"
refuses '[u8]' '{}' 'not a value of type \[u8\]'
refuses '[u8]' null 'null is not'
takes '{u8}' '[3,1,3]' '[1,3]'
takes '{string}' '["é","z","a","z"]' '["a","z","é"]'
takes '{i8}' '[3,-1]' '[-1,3]'
takes '{string: u8}' '{"b":1,"a":2}' '{"a":2,"b":1}'
takes '{string: u8}' '{"$x":1}' '{"$x":1}'
refuses '{string: u8}' '{"a":1,"\u0061":2}' '1:13: f\["a"\]: repeated key'
refuses '{string: u8}' '[["a",1]]' 'not a value of type'
takes '{i16: string}' '[[2,"b"],[-1,"a"]]' '[[-1,"a"],[2,"b"]]'
refuses '{i16: string}' '[[2,"b"],[2,"a"]]' 'repeated key'
refuses '{i16: string}' '[[2]]' 'a pair \[key, value\]'
refuses '{i16: string}' '[[2,"b",1]]' 'a pair \[key, value\]'
refuses '{i16: string}' '[[2,5]]' 'f\[2\]: 5 is not a value of type string'
takes 'u8[3]' '[1,2,3]' '[1,2,3]'
refuses 'u8[3]' '[1,2]' '2 elements where u8\[3\] has 3'
refuses 'u8[3]' '[1,2,3,4]' '4 elements'
takes 'string[2]' '["a","b"]' '["a","b"]'
refuses 'string[2]' '["a"]' '1 element where'
takes '(u8, string)' '[1,"a"]' '[1,"a"]'
refuses '(u8, string)' '[1]' '1 element where'
refuses '(u8, string)' '[1,"a",2]' '3 elements'
refuses '(u8, string)' '["a",1]' 'f\[0\]: "a" is not'
takes 'tensor<i16>' '{"shape":[2,1],"data":[1,-2]}' '{"shape":[2,1],"data":[1,-2]}'
takes 'tensor<f32>' '{"data":[0.1],"shape":[]}' '{"shape":[],"data":[0.1]}'
takes 'tensor<u8>' '{"shape":[0,5],"data":[]}' '{"shape":[0,5],"data":[]}'
refuses 'tensor<u8>' '{"shape":[2],"data":[1]}' 'asks for 2 elements, data has 1'
refuses 'tensor<u8>' '{"shape":[1],"data":[256]}' 'f\.data\[0\]: 256 is out of range'
refuses 'tensor<u8>' '{"shape":[1]}' "missing field 'data'"
refuses 'tensor<u8>' '{"shape":[1],"data":[1],"x":1}' 'unknown field'
refuses 'tensor<u8>' '[1]' 'not a value of type'

point='struct P { x: i8; y: i8; } record Q { n: u8; s: string = "d"; }'
takes P '{"y":2,"x":1}' '{"x":1,"y":2}' "$point"
refuses P '{"x":1}' "f: missing field 'y'" "$point"
refuses P '{"x":1,"y":2,"z":3}' 'f: unknown field "z" of record P' "$point"
refuses P '{"x":1,"x":2}' 'f: repeated field "x"' "$point"
refuses P '[1,2]' 'not a value of type P' "$point"
takes Q '{"n":1}' '{"n":1,"s":"d"}' "$point"
takes '[Q]' '[{"n":1},{"s":"x","n":2}]' '[{"n":1,"s":"d"},{"n":2,"s":"x"}]' "$point"
refuses '[Q]' '[{"n":1},{"n":2,"s":3}]' '1:26: f\[1\]\.s: 3 is not a value of type string' "$point"
takes 'ref<R>' 0 0
refuses 'ref<R>' 1 'past the end'
refuses 'ref<R>' -1 'out of range'

takes 'u8?' 1 1
takes 'u8??' 1 1
takes 'u8??' null null
for type in 'u8?' 'string?' '[u8]?' 'Q?' 'date?' 'any?'; do
    printf '%s record R { f: %s; } dataset D { rs: array<R>; }' "$point" "$type" >s.shm
    echo '{"f":null}' | "$SHM" build s.shm - -o i.img
    same "null in $type is absent" "$("$SHM" dump i.img rs)" '{}'
    omitted "$type" '{}' "$point"
done
omitted 'u8??' '{}'
omitted '[u8]' '{"f":[]}'
omitted '{string}' '{"f":[]}'
omitted '{string: u8}' '{"f":{}}'
omitted '{u8: u8}' '{"f":[]}'
omitted any '{"f":null}'
omitted 'u8 = 7' '{"f":7}'
omitted 'string = "x"' '{"f":"x"}'
omitted 'f32 = 0.1' '{"f":0.1}'
omitted 'bool = true' '{"f":true}'
omitted 'u8? = 7' '{"f":7}'
omitted 'Kind = medium' '{"f":"medium"}' "$enum"

# any
for value in null true false 1 -1 18446744073709551615 -9223372036854775808 1.0 -0.0 0.1 1e+22 '"x"' \
    '[]' '{}' '[1,[2,{"a":null}]]' '{"a":1,"b":[]}' '{"$date":"2024-02-29"}' \
    '{"$datetime":"2024-02-29T12:00:00+01:00"}' '{"$bytes":"AAE="}' '{"$decimal":"0.10"}' \
    '{"$uuid":"6ba7b810-9dad-11d1-80b4-00c04fd430c8"}' '{"$set":[1,2,"a"]}' '{"$tuple":[1,"a"]}' \
    '{"$dict":[[1,"x"],["a",2]]}' '{"$float":"NaN"}' '{"$float":"-Infinity"}' '{"$$date":1}' \
    '{"$$":1,"$$$x":2}' '{"$$a":1,"b":2}' '{"a":{"$tuple":[]}}' '{"$set":[]}'; do
    takes any "$value" "$value"
done
takes any -0 0
takes any 1e2 100.0
takes any '{"b":1,"a":2}' '{"a":2,"b":1}'
takes any '{"$set":[3,1,3]}' '{"$set":[1,3]}'
takes any '{"$decimal":0.10}' '{"$decimal":"0.10"}'
takes any '{"$dict":[["a",2]]}' '{"a":2}'
refuses any 18446744073709551616 'range of 64-bit integers'
refuses any -9223372036854775809 'range of 64-bit integers'
refuses any 1e999 'range of f64'
refuses any '{"a":1,"a":2}' '1:13: f: repeated key "a"'
refuses any '[{"x":{"a":1,"b":2,"a":2}}]' '1:25: f: repeated key "a"'
refuses any '{"$date":"2024-13-01"}' 'f: "2024-13-01" is not a date'
refuses any '{"$foo":1}' 'written with \$\$'
refuses any '{"$date":"2024-01-01","x":1}' 'holds nothing else'
refuses any '{"x":1,"$date":"2024-01-01"}' 'written with \$\$'
refuses any '{"$dict":[[1,2],[1,3]]}' 'f: '
refuses any 'nul' 'not a JSON value'
refuses any $'"\xff"' 'not valid UTF-8'
deep=$(printf '[%.0s' $(seq 900))1$(printf ']%.0s' $(seq 900))
takes any "$deep" "$deep"
deep=$(printf '[%.0s' $(seq 5000))1$(printf ']%.0s' $(seq 5000))
refuses any "$deep" ''

count
