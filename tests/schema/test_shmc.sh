#!/usr/bin/env bash
# The command shmc: what it writes, says and exits with.
set -u
. "$SHM_SOURCE/tests/support/cases.sh"

cat >units.shm <<'END'
enum Length : i32 { metre = 1 }
END
cat >geo.shm <<'END'
namespace geo;
import "units.shm";
record City { id: u32; name: string; unit: units.Length; note: u8?; }
dataset Geo { cities: array<City>; by_id: index cities by id; }
END

# ---- compiling ----
case_exit 'compile' 0 shmc geo.shm -o 'out/of a folder' --depfile geo.d
case_ok 'the header is there' test -s 'out/of a folder/geo.shm.h'
case_ok 'so is that of the import' test -s 'out/of a folder/units.shm.h'
case_empty 'quiet' <stdout
case_equal 'nothing but the headers' 'geo.shm.h units.shm.h' "$(ls 'out/of a folder' | xargs)"
case_equal 'depfile' 'out/of\ a\ folder/geo.shm.h: units.shm   geo.shm' "$(tr -d '\\\n' <geo.d |
    sed 's/of a folder/of\\ a\\ folder/')"
case_exit 'all languages' 0 shmc geo.shm -o all --lang c,python,dot
case_equal 'all outputs' 'geo.dot geo.pyi geo.shm.h units.dot units.pyi units.shm.h' "$(ls all | xargs)"
case_exit 'from another folder' 0 env -C / shmc "$PWD/geo.shm" -o "$PWD/again" --lang c,python,dot
case_ok 'the same bytes' diff -r all again
case_exit 'python only' 0 shmc geo.shm -o stubs --lang python
case_ok 'stubs are Python' python3 -c '
import ast, sys
for name in sys.argv[1:]:
    ast.parse(open(name).read())' stubs/geo.pyi stubs/units.pyi
case_exit 'into the current folder' 0 shmc units.shm
case_ok 'there it is' test -s units.shm.h

# ---- errors ----
cat >bad.shm <<'END'
record A { x: nothing; }
record B { y: u32 = -1;
  z: [u99]; }
END
case_exit 'errors' 2 shmc bad.shm -o bad
case_ok 'no output' test ! -e bad
case_ok 'first error' grep -q '^bad.shm:1:15: error: ' stderr
case_ok 'its line' grep -qx 'record A { x: nothing; }' stderr
case_ok 'its caret' grep -qx '              ^' stderr
case_ok 'several' [ "$(grep -c ': error: ' stderr)" -ge 3 ]
case_exit 'errors as JSON' 2 shmc bad.shm --json
case_empty 'nothing else' <stderr
case_ok 'JSON diagnostics' python3 -c '
import json, sys
found = json.load(open("stdout"))["diagnostics"]
assert len(found) >= 3 and found[0]["file"] == "bad.shm", found
assert (found[0]["line"], found[0]["column"]) == (1, 15), found'
echo 'import "none.shm"; record A { x: u8; }' >lost.shm
case_exit 'a missing import' 2 shmc lost.shm
case_ok 'is told where it is' grep -q '^lost.shm:1:8: error: ' stderr
case_exit 'a missing file' 5 shmc none.shm
case_ok 'is named' grep -q 'none.shm' stderr
case_exit 'no file' 2 shmc
case_exit 'no such option' 2 shmc --nothing geo.shm
case_exit 'no such language' 2 shmc --lang rust geo.shm
case_exit 'two modes' 2 shmc --format --print-layout geo.shm
touch file
case_exit 'no folder' 5 shmc geo.shm -o file/below
case_exit 'help' 0 shmc --help
case_exit 'version' 0 shmc --version
case_ok 'version' grep -q '^shmc [0-9]' stdout

# ---- names ----
echo 'record HTTPServer { x: u8; } record HttpServer { y: u8; }' >names.shm
case_exit 'two types of one name in C' 2 shmc names.shm
case_ok 'both are named' grep -q '^names.shm:1:.*HttpServer.*HTTPServer.*names_http_server' stderr

printf 'namespace a; record A { x: u8; } dataset One { a: array<A>; } dataset one { a: array<A>; }' >sets.shm
case_exit 'two datasets of one name in C' 2 shmc sets.shm
case_ok 'is told where it is' grep -q '^sets.shm:1:71: error: .*a_one' stderr
echo 'namespace shm; record String { x: u8; }' >library.shm
case_exit 'the names of the library' 2 shmc library.shm
case_ok 'are its own' grep -q '^library.shm:1:11: error: .*shm_' stderr
echo 'record A { x: u8; }' >1-2.shm
case_exit 'a file named by a number' 0 shmc 1-2.shm
case_ok 'has a guard nevertheless' grep -qx '#define _1_2_SHM_H' 1-2.shm.h
echo 'namespace lambda; struct U { a: u8; }' >words.shm
cat >sequence.shm <<'END'
import "words.shm";
record Sequence { date: date; bytes: bytes; born: date; all: [bytes]; part: lambda.U; }
END
case_exit 'names of Python' 0 shmc sequence.shm --lang python
case_ok 'hide no type' grep -q 'def all(self) -> _List\[_bytes\]' sequence.pyi
case_ok 'nor break the stub' python3 -c 'import ast; ast.parse(open("sequence.pyi").read())'
mkdir east west
echo 'struct U { a: u8; }' >east/same.shm
echo 'struct U { a: u16; }' >west/same.shm
case_exit 'two files of one name' 2 shmc east/same.shm west/same.shm -o same
case_ok 'are both named' grep -q 'east/same.shm.*west/same.shm' stderr
case_exit 'one file twice' 0 shmc east/same.shm ./east/same.shm -o same

# ---- several datasets ----
echo 'record A { x: u8; } dataset One { a: array<A>; } dataset Two { b: array<A>; }' >two.shm
case_exit 'both' 0 shmc two.shm -o two
case_ok 'each by its name' grep -q 'two_one_open(' two/two.shm.h
case_ok 'each by its name' grep -q 'two_two_a_count\|two_two_b_count' two/two.shm.h
case_exit 'one of them' 0 shmc two.shm --dataset Two -o chosen
case_ok 'by the file' grep -q ' two_open(' chosen/two.shm.h
case_ok 'without the other' test -z "$(grep two_a_count chosen/two.shm.h)"
case_exit 'none of them' 2 shmc two.shm --dataset Three

# ---- --check-compat ----
cp geo.shm old.shm
sed 's/note: u8?/note: u16?; more: string?/' geo.shm >wider.shm
sed 's/name: string/name: u8/' geo.shm >broken.shm
case_exit 'compatible' 0 shmc wider.shm --check-compat old.shm
case_empty 'says nothing' <stdout
case_exit 'a break' 4 shmc broken.shm --check-compat old.shm
case_ok 'is told' grep -q 'City.*name.*string.*u8' stdout
case_exit 'as JSON' 4 shmc broken.shm --check-compat=old.shm --json
case_ok 'as JSON' python3 -c '
import json
found = json.load(open("stdout"))
assert found["compatible"] is False and len(found["breaks"]) == 1, found
assert found["old_reads_new"] is False, found'
case_exit 'compatible as JSON' 0 shmc wider.shm --check-compat old.shm --json
case_ok 'compatible as JSON' python3 -c '
import json
assert json.load(open("stdout"))["compatible"] is True'
case_exit 'a missing old one' 5 shmc wider.shm --check-compat none.shm
case_ok 'no header' test ! -e wider.shm.h

# ---- --print-layout ----
case_exit 'layout' 0 shmc geo.shm --print-layout
case_equal 'a field' '24 1 1 note u8? bit 0 at 32' "$(awk '$4 == "note"' stdout | xargs |
    sed 's/^40 /24 /')"
case_exit 'layout as JSON' 0 shmc geo.shm --print-layout --json
case_ok 'layout as JSON' python3 -c '
import json
types = {t["name"]: t for t in json.load(open("stdout"))["types"]}
at = 0
for field in types["City"]["fields"]:
    assert field["offset"] == at, field
    at += field["size"]
assert at == types["City"]["size"] == 48, at'
case_ok 'no header' test ! -e geo.shm.h

# ---- --format ----
mkdir -p originals formatted
cp "$SHM_SOURCE"/tests/golden/schema/*.shm "$SHM_SOURCE"/tests/schema/generated/schemas/*.shm originals
cp originals/*.shm formatted
for schema in originals/*.shm; do
    name=$(basename "$schema")
    case_exit "format $name" 0 shmc --format "$schema"
    cp stdout "formatted/$name"
    case_equal "every comment of $name" "$(grep -o '//.*' "$schema" | sed 's/ *$//')" \
        "$(grep -o '//.*' "formatted/$name")"
    cp stdout once
    (cd formatted && shmc --format "$name" >../twice)
    case_ok "$name again" cmp once twice
done
for schema in formatted/*.shm; do
    name=$(basename "$schema")
    shmc "originals/$name" -o before && shmc "$schema" -o after
    case_ok "the same header of $name" cmp "before/$name.h" "after/$name.h"
done
echo 'record A { x: u8' >open.shm
case_exit 'a file with syntax errors is not formatted' 2 shmc --format open.shm
case_empty 'nothing comes out' <stdout
cases_end
