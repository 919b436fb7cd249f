#!/usr/bin/env bash
# Bad lines of JSON Lines: where they are, what is said, and that nothing is left behind.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >s.shm <<'END'
enum Kind : u8 { small = 0, medium, large }
record City { id: u8; name: string = ""; kind: Kind = small; twin: ref<City>?; names: {string: [u8]}; }
dataset D { cities: array<City>; by_id: index cities by id; zones: map<string, u8>; }
END
echo '{"id":1}' >good.jsonl
exits 0 "$SHM" build s.shm cities=good.jsonl -o i.img
cp i.img old.img

# bad TEXT PATTERN: the build of TEXT stops with the message, and the old image stays.
bad()
{
    printf '%b' "$1" >c.jsonl
    exits 2 "$SHM" build s.shm cities=c.jsonl -o i.img
    says "$2"
    same 'nothing on stdout' "$(cat out)" ''
    holds 'the old image stays' cmp -s i.img old.img
    rm -f out err
    same 'no litter' "$(ls -A)" 'c.jsonl
good.jsonl
i.img
old.img
s.shm'
}

bad '{"id":1}\n{"id":2}\n{"id":3,"kind":"huge"}\n' \
    '^c\.jsonl:3:16: kind: "huge" is not a value of enum Kind \(small, medium, large\)$'
bad '{"id":300}' '^c\.jsonl:1:7: id: 300 is out of range for u8 \(0 to 255\)$'
bad '{"id":1,"nme":2}' '^c\.jsonl:1:9: unknown field "nme" of record City$'
bad '{"id":1,"id":2}' '^c\.jsonl:1:9: repeated field "id"$'
bad '{"name":"x"}' "^c\.jsonl:1:1: missing field 'id'$"
bad '\n\n  {"name":"x"}' "^c\.jsonl:3:3: missing field 'id'$"
bad '{"id":1,"name":"\\ud800"}' '^c\.jsonl:1:16: name: unpaired surrogate \\ud800$'
bad '{"id":1,"name":"\xff"}' '^c\.jsonl:1:16: name: "\\xff" is not valid UTF-8$'
bad '{"id":1,"name":"\xc3\xa9\xf0\x9f\x98\x80","kind":1}' '^c\.jsonl:1:28: kind: 1 is not a value of type Kind$'
bad '{"id":1,"names":{"a":[1],"b":[1,2,256]}}' '^c\.jsonl:1:35: names\["b"\]\[2\]: 256 is out of range'
bad '{"id":1,"names":{"a":[1],"b":[],"a":[2]}}' '^c\.jsonl:1:33: names\["a"\]: repeated key$'
bad '{"id":1,\n"name":"x"}\n' '^c\.jsonl:1:9: '
bad '{"id":1} {"id":2}\n' '^c\.jsonl:1:10: expected the end of the row, found \{"id":2\}$'
bad '{"id":1},\n' "^c\.jsonl:1:9: "
bad '[{"id":1}]\n' '^c\.jsonl:1:1: '
bad '{"id":1' "^c\.jsonl:1:8: expected ',' or '\}'"
bad '{id:1}' '^c\.jsonl:1:2: id is not a key'
bad "{'id':1}" '^c\.jsonl:1:2: '
bad '{"id":1} // no' '^c\.jsonl:1:10: '
bad '{"id":1}\n\x00\n' '^c\.jsonl:2:1: '
bad '\xff\xfe{\x00' '^c\.jsonl:1:1: '
long=$(printf 'x%.0s' $(seq 100))
bad "{\"id\":\"$long\"}" '^c\.jsonl:1:7: id: "x{39}\.\.\. is not a value of type u8$'
bad "{\"id\":1,\"kind\":\"$long\"}" 'kind: "x{39}\.\.\. is not'
bad "{\"id\":1,\"$long\":2}" 'unknown field "x{39}\.\.\. of record City'
bad '{"id":7}\n\n{"id":8}\n{"id":7}\n' \
    '^c\.jsonl:4:1: by_id: duplicate key 7: rows 0 and 2 of cities \(c\.jsonl:1 and c\.jsonl:4\)$'
bad '{"id":1}\n{"id":2,"twin":2}\n' '^c\.jsonl:2:1: twin: row 2 is past the end of cities'

# A repeated key of a map is an error, too.
printf '{"key":"a","value":1}\n{"key":"b","value":1}\n{"key":"a","value":2}\n' >z.jsonl
exits 2 "$SHM" build s.shm zones=z.jsonl -o i.img
says '^z\.jsonl:3:1: zones: duplicate key "a": rows 0 and 2 of zones'
printf '{"key":"a"}' >z.jsonl
exits 2 "$SHM" build s.shm zones=z.jsonl -o i.img
says "^z\.jsonl:1:1: missing field 'value'"
exits 2 "$SHM" build s.shm zones=- -o i.img <z.jsonl
says '^<stdin>:1:1: '
holds 'the old image stays' cmp -s i.img old.img

# The second of two files is named by its own lines.
printf '{"id":2}\n{"id":x}\n' >second.jsonl
exits 2 "$SHM" build s.shm cities=good.jsonl cities=second.jsonl -o i.img
says '^second\.jsonl:2:7: id: x is not a value of type u8$'
printf '{"id":2}\n{"id":1}\n' >second.jsonl
exits 2 "$SHM" build s.shm cities=good.jsonl cities=second.jsonl -o i.img
says '^second\.jsonl:2:1: by_id: duplicate key 1: rows 0 and 2 of cities \(good\.jsonl:1 and second\.jsonl:2\)$'

# What lines may look like.
rows()
{
    printf '%b' "$1" | "$SHM" build s.shm cities=- -o j.img && "$SHM" ls j.img --json |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["collections"][0]["rows"])'
}
same 'an empty file' "$(rows '')" 0
same 'only space' "$(rows '\n \n\t\n')" 0
same 'no newline at the end' "$(rows '{"id":1}\n{"id":2}')" 2
same 'CRLF' "$(rows '{"id":1}\r\n{"id":2}\r\n')" 2
same 'a byte order mark' "$(rows '\xef\xbb\xbf{"id":1}\n')" 1
same 'blank lines' "$(rows '{"id":1}\n\n \n{"id":2}\n\n')" 2
same 'space in a row' "$(rows ' { "id" : 1 , "names" : { "a" : [ 1 ] } } \n')" 1

# A row larger than any buffer, and one that ends exactly where a read does.
python3 - <<'END'
import json
with open("large.jsonl", "w") as f:
    f.write('{"id":1,"name":"' + "x" * 3000000 + '"}\n')
    f.write('{"id":2,"name":"' + "y" * (262144 * 2 - 16 - 3 - 3000019 % 262144) + '"}\n{"id":3}\n')
END
exits 0 "$SHM" build s.shm cities=large.jsonl -o l.img
"$SHM" dump l.img cities | python3 -c '
import json, sys
print([(r["id"], len(r["name"])) for r in map(json.loads, sys.stdin)][0])' >lengths
same 'a large row' "$(cat lengths)" '(1, 3000000)'

count
