#!/usr/bin/env bash
# CSV and TSV in, CSV out.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >s.shm <<'END'
enum Kind : u8 { small = 0, medium, large }
record City { id: u8; name: string = "none"; note: string?; kind: Kind = small; tags: [string]; any: any;
              where: Spot?; raw: bytes?; when: datetime?; f: f64 = 0.5; odd: string??; big: decimal?; }
struct Spot { x: i8; y: i8; }
dataset D { cities: array<City>; zones: map<string, u8>; seen: set<i32>; }
END

# reads CSV JSON: the rows that a CSV file gives
reads()
{
    printf '%b' "$1" >c.csv
    exits 0 "$SHM" build s.shm cities=c.csv -o i.img
    cat err
    same "$1" "$("$SHM" dump i.img cities)" "$2"
    exits 0 "$SHM" dump i.img cities --csv
    mv out again.csv
    exits 0 "$SHM" build s.shm cities=again.csv -o j.img
    holds "again: $1" cmp i.img j.img
}

bad()
{
    printf '%b' "$1" >c.csv
    exits 2 "$SHM" build s.shm cities=c.csv -o n.img
    says "$2"
}

row() # MEMBERS: a row with these beside the defaults
{
    python3 - "$1" <<'END'
import json, sys
given = json.loads("{" + sys.argv[1] + "}")
order = ["id", "name", "note", "kind", "tags", "any", "where", "raw", "when", "f", "odd", "big"]
defaults = {"name": "none", "kind": "small", "tags": [], "any": None, "f": 0.5}
print(json.dumps({k: given.get(k, defaults.get(k)) for k in order if k in given or k in defaults},
                 separators=(",", ":"), ensure_ascii=False))
END
}

reads 'id\n1\n2\n' "$(row '"id":1')
$(row '"id":2')"
reads 'id,name\n1,\n2,""\n3,"a ""b"", c"\n4,x y\n' "$(row '"id":1')
$(row '"id":2,"name":""')
$(row '"id":3,"name":"a \"b\", c"')
$(row '"id":4,"name":"x y"')"
reads 'note,id\n,1\n"",2\nx,3\n' "$(row '"id":1')
$(row '"id":2,"note":""')
$(row '"id":3,"note":"x"')"
reads 'id,tags,any,where\n1,,,\n2,[],null,null\n3,"[""a"",""b""]","{""a"":1}","{""x"":1,""y"":-2}"\n' "$(row '"id":1')
$(row '"id":2')
$(row '"id":3,"tags":["a","b"],"any":{"a":1},"where":{"x":1,"y":-2}')"
reads 'id,kind,raw,when,f,big\r\n1,large,AAE=,2024-02-29T12:00:00Z,NaN,10\r\n2,"medium","",,-0,\r\n' \
    '{"id":1,"name":"none","kind":"large","tags":[],"any":null,"raw":"AAE=","when":"2024-02-29T12:00:00Z","f":"NaN","big":10}
{"id":2,"name":"none","kind":"medium","tags":[],"any":null,"raw":"","f":-0.0}'
reads 'id,odd\n1,\n2,null\n3,"null"\n4,""\n' "$(row '"id":1')
$(row '"id":2,"odd":null')
$(row '"id":3,"odd":"null"')
$(row '"id":4,"odd":""')"
reads 'id,name\n1,"two\nlines"\n2,"cr\r\nlf"' "$(row '"id":1,"name":"two\nlines"')
$(row '"id":2,"name":"cr\r\nlf"')"
reads '\xef\xbb\xbfid,name\n1,\xc3\xa9\n' "$(row '"id":1,"name":"é"')"
reads 'id,tags\n1,"[""a"",\n  ""b""]"\n\n2,\n\n' "$(row '"id":1,"tags":["a","b"]')
$(row '"id":2')"
reads 'id\n' ''

cat >t.shm <<'END'
record Line { id: u8; text: string; raw: bytes; }
dataset D { lines: array<Line>; }
END
printf 'id,text,raw\n1,,\n2,"",""\n' >c.csv
exits 0 "$SHM" build t.shm c.csv -o t.img
same 'a text that must be given is empty in an empty cell' "$("$SHM" dump t.img lines)" \
    '{"id":1,"text":"","raw":""}
{"id":2,"text":"","raw":""}'

bad '' '^c\.csv:1:1: no header'
bad 'id,nme\n1,2\n' '^c\.csv:1:4: unknown column "nme" of record City$'
bad 'id,id\n1,2\n' '^c\.csv:1:4: repeated column "id"'
bad 'id,name\n1\n' '^c\.csv:2:1: 1 cells where the header has 2$'
bad 'id,name\n1,a,b\n' '^c\.csv:2:1: 3 cells where the header has 2$'
bad 'name\nx\n' "^c\.csv:2:1: missing field 'id'$"
bad 'id\n300\n' '^c\.csv:2:1: id: 300 is out of range for u8'
bad 'name,id\n"two\nlines",1\n"a ""é""",x\n' '^c\.csv:4:11: id: "x" is not a value of type u8$'
bad 'name,id\n"two\nlines",x\n' '^c\.csv:3:8: id: "x" is not'
bad 'id\n1.0\n' '^c\.csv:2:1: id: "1\.0" is not a value of type u8: an integer takes no fraction'
bad 'id\n""\n' '^c\.csv:2:1: id: "" is not a value of type u8$'
bad 'id\n 1\n' '^c\.csv:2:1: id: " 1" is not a value of type u8$'
bad 'id,kind\n1,huge\n' '^c\.csv:2:3: kind: "huge" is not a value of enum Kind'
bad 'id,tags\n1,[1]\n' '^c\.csv:2:3: tags\[0\]: 1 is not a value of type string$'
bad 'id,tags\n1,a\n' '^c\.csv:2:3: tags: a is not a value of type \[string\]$'
bad 'id,tags\n1,[] []\n' '^c\.csv:2:3: tags: expected the end'
bad 'id,name\n1,"open\n2,x\n' '^c\.csv:2:3: a quoted cell does not end$'
bad 'id,name\n1,"a"b\n' '^c\.csv:2:6: text after the closing quote'
bad 'id,name\n1,a"b\n' '^c\.csv:2:4: a quote inside a cell'
bad 'id,name\n1,\xff\n' '^c\.csv:2:3: name: "\\xff" is not valid UTF-8$'

# TSV, maps and sets
printf 'id\tname\n1\ta,b\n2\t"a\tb"\n' >c.tsv
exits 0 "$SHM" build s.shm cities=c.tsv -o i.img
same 'tabs' "$("$SHM" dump i.img cities)" "$(row '"id":1,"name":"a,b"')
$(row '"id":2,"name":"a\tb"')"
printf 'key,value\nb,1\n"",2\n' >z.csv
printf 'key\n-5\n7\n' >k.csv
exits 0 "$SHM" build s.shm zones=z.csv seen=k.csv -o i.img
same 'a map' "$("$SHM" dump i.img zones)" '{"key":"b","value":1}
{"key":"","value":2}'
same 'a map as CSV' "$("$SHM" dump i.img zones --csv)" "$(cat z.csv)"
same 'a set' "$("$SHM" dump i.img seen --csv)" "$(cat k.csv)"
printf 'key,value\na,1\nb,1\n\na,1\n' >z.csv
exits 2 "$SHM" build s.shm zones=z.csv -o i.img
says '^z\.csv:5:1: zones: duplicate key "a": rows 0 and 2 of zones \(z\.csv:2 and z\.csv:5\)$'

# Absence where there is a default, a null that is there, and rows without fields.
cat >d.shm <<'END'
record R { a: u32? = 7; b: string? = "x"; c: u8?; d: any?; e: [any?]; }
record None { }
dataset D { rows: array<R>; none: array<None>; }
END
printf '{}\n{"a":null,"b":null,"d":null,"e":[null]}\n' >r.jsonl
printf '{"a":1,"b":"null","c":2,"d":{"$null":null},"e":[{"$null":null}]}\n' >>r.jsonl
printf '{}\n{}\n' >n.jsonl
exits 0 "$SHM" build d.shm rows=r.jsonl none=n.jsonl -o d.img
same 'nulls' "$("$SHM" dump d.img rows)" '{"a":7,"b":"x","e":[]}
{"a":null,"b":null,"e":[null]}
{"a":1,"b":"null","c":2,"d":{"$null":null},"e":[{"$null":null}]}'
"$SHM" dump d.img rows --csv >r.csv
"$SHM" dump d.img none --csv >n.csv
same 'nulls in cells' "$(cat r.csv)" 'a,b,c,d,e
7,x,,,[]
null,null,,,[null]
1,"null",2,"{""$null"":null}","[{""$null"":null}]"'
exits 0 "$SHM" build d.shm rows=r.csv none=n.csv -o e.img
holds 'the same image from CSV' cmp d.img e.img

# Cells and rows larger than a buffer.
python3 - <<'END'
with open("large.csv", "w") as f:
    f.write("id,name\n")
    for i in range(5):
        f.write('%d,"%s"\n' % (i, "x\n\"\"y," * (200000 + i)))
END
exits 0 "$SHM" build s.shm cities=large.csv -o l.img
"$SHM" dump l.img cities | python3 -c '
import json, sys
rows = [json.loads(line) for line in sys.stdin]
print(all(r["name"] == "x\n\"y," * (200000 + r["id"]) for r in rows), len(rows))' >whole
same 'large cells' "$(cat whole)" 'True 5'

count
