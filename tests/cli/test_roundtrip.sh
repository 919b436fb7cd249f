#!/usr/bin/env bash
# dump of all collections, then build with the text of `shm schema`: the same bytes.  For all types, in
# all kinds of collections, by JSON Lines and by CSV.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >all.shm <<'END'
namespace everything;
enum Kind : i16 { low = -5, mid = 0, high = 300 }
struct Point { x: f32; y: f64; at: i64[2]; raw: u8[3]; kind: Kind; when: datetime; }
struct Spot { a: i32; b: bool; }
record Leaf { name: string; weight: decimal?; more: [Leaf]; }
record Row {
  b: bool; i8: i8; i16: i16; i32: i32; i64: i64; u8: u8; u16: u16; u32: u32; u64: u64;
  f32: f32; f64: f64; s: string; by: bytes; dec: decimal; d: date; dt: datetime; id: uuid; k: Kind;
  any: any; p: Point; leaf: Leaf?; self: ref<Row>?;
  ob: bool?; ou: u32?; of: f64?; os: string?; oby: bytes?; odec: decimal?; od: date?; odt: datetime?;
  oid: uuid?; ok: Kind?; oany: any?; op: Point?; ol: [u8]?; ot: (u8, string)?; ota: tensor<f64>?;
  nu: u32??; ns: string??; nl: [string]??; nk: Kind??;
  lu: [u16]; ls: [string]; lo: [u32?]; ll: [[f32]]; lp: [Spot]; lr: [Leaf]; lk: [Kind]; lb: [bool];
  ld: [date]; lt: [(string, u8)]; la: [any];
  su: {u64}; ss: {string}; si: {uuid}; sd: {date}; sp: {Spot}; sk: {Kind};
  ms: {string: u8}; mi: {i32: string}; ml: {string: [Leaf]}; mk: {Kind: any}; md: {string: {u8: bool}};
  au: u8[4]; as: string[2]; ap: Spot[2];
  t: tensor<i16>;
  ds: string = "de\"fault"; df: f32 = 0.1; di: i8 = -3; dk: Kind = high; dd: date = "2024-02-29";
}
dataset All {
  rows: array<Row>;
  by_u64: index rows by u64;
  by_s: multi rows by s;
  by_set: multi rows by ss;
  by_both: multi rows by k, p.y;
  about: multi rows by s approximate 1/100;
  leaves: array<Leaf>;
  words: map<string, Leaf>;
  points: map<Spot, u8>;
  many: multimap<u32, [string]>;
  days: set<date>;
  names: set<string>;
  heights: tensor<f32>;
  scalar: tensor<i64>;
  nothing: tensor<u8>;
  empty: array<Leaf>;
}
END

python3 - <<'END'
import base64, json, random, struct, uuid
r = random.Random(7)
def text():
    return "".join(r.choice('ab"\\\n\t,;é€😀\0 xyz') for _ in range(r.choice([0, 1, 5, 15, 16, 40])))
def raw(): return base64.b64encode(bytes(r.randrange(256) for _ in range(r.choice([0, 1, 15, 16, 30])))).decode()
def real(): return r.choice([0.0, -0.0, 0.1, 1e300, -5e-324, r.random(), "NaN", "Infinity", "-Infinity", 123456789.0])
def single(): return r.choice([0.5, -0.0, 1e-45, 3.4e38, "NaN", r.randrange(1000) / 8])
def date(): return "%04d-%02d-%02d" % (r.randrange(1, 10000), r.randrange(1, 13), r.randrange(1, 29))
def when():
    return date().replace("0001-01-0", "0001-02-0").replace("9999-12", "9999-11") + "T%02d:%02d:%02d" % (r.randrange(24), r.randrange(60), r.randrange(60)) \
        + r.choice(["", ".000001", ".123456"]) + r.choice(["Z", "+00:00", "+05:30", "-11:00"])
def uid(): return str(uuid.UUID(int=r.getrandbits(128)))
def kind(): return r.choice(["low", "mid", "high"])
def dec(): return r.choice(["0.10", "-1e5", "12345678901234567890123.4500", "0"])
def some(make, most=4): return [make() for _ in range(r.randrange(most))]
def spot(): return {"a": r.randrange(-9, 9), "b": r.random() < .5}
def point(): return {"x": single(), "y": real(), "at": [0, r.randrange(-2**63, 2**63)],
                     "raw": [1, 2, r.randrange(256)], "kind": kind(), "when": when()}
def leaf(depth=0):
    v = {"name": text(), "more": [leaf(depth + 1) for _ in range(r.randrange(3))] if depth < 3 else []}
    if r.random() < .5: v["weight"] = dec()
    return v
def any_(depth=0):
    choices = [lambda: None, lambda: True, lambda: r.randrange(-2**63, 2**64), lambda: 1.0, lambda: -0.0, text,
               lambda: {"$date": date()}, lambda: {"$datetime": when()}, lambda: {"$bytes": raw()},
               lambda: {"$decimal": dec()}, lambda: {"$uuid": uid()}, lambda: {"$float": "NaN"}]
    if depth < 3:
        choices += [lambda: [any_(depth + 1) for _ in range(3)], lambda: {"$set": [any_(depth + 1) for _ in range(3)]},
                    lambda: {"$tuple": [any_(depth + 1)]}, lambda: {"$$d": any_(depth + 1), "e": any_(depth + 1)},
                    lambda: {"$dict": [[1, any_(depth + 1)], [{"$date": date()}, 2]]}]
    return r.choice(choices)()
def pairs(key, value): return [[k, value()] for k in dict.fromkeys(key() for _ in range(r.randrange(4)))]
def named(value): return dict(pairs(text, value))
def row(i):
    v = {"b": True, "i8": -128, "i16": 7, "i32": -2**31, "i64": r.randrange(-2**63, 2**63), "u8": 255, "u16": 9, "u32": 2**32 - 1,
         "u64": 2**64 - 1 - i, "f32": single(), "f64": real(), "s": text(), "by": raw(), "dec": dec(), "d": date(), "dt": when(),
         "id": uid(), "k": kind(), "any": any_(), "p": point(),
         "lu": some(lambda: r.randrange(65536)), "ls": some(text), "lo": some(lambda: r.choice([None, 5])), "ll": some(lambda: some(single)),
         "lp": some(spot), "lr": some(leaf), "lk": some(kind), "lb": some(lambda: r.random() < .5), "ld": some(date),
         "lt": some(lambda: [text(), 3]), "la": some(any_), "su": some(lambda: r.randrange(5)), "ss": some(text), "si": some(uid),
         "sd": some(date), "sp": some(spot), "sk": some(kind), "ms": named(lambda: 4), "mi": pairs(lambda: r.randrange(-5, 5), text),
         "ml": named(lambda: some(leaf)), "mk": pairs(kind, any_), "md": named(lambda: pairs(lambda: r.randrange(9), lambda: True)),
         "au": [1, 2, 3, i % 256], "as": [text(), text()], "ap": [spot(), spot()],
         "t": r.choice([{"shape": [2, 2], "data": [1, -2, 3, 4]}, {"shape": [], "data": [5]}, {"shape": [0, 3], "data": []}, {"shape": [0], "data": []}])}
    options = {"self": i, "leaf": leaf(), "ob": False, "ou": 1, "of": real(), "os": text(), "oby": raw(), "odec": dec(), "od": date(), "odt": when(),
               "oid": uid(), "ok": kind(), "oany": any_(), "op": point(), "ol": some(lambda: 1), "ot": [1, text()],
               "ota": {"shape": [1, 2], "data": [0.5, "NaN"]},
               "nu": r.choice([None, 3]), "ns": r.choice([None, "null", "", "x"]), "nl": r.choice([None, [], ["null"]]), "nk": r.choice([None, "mid"]),
               "ds": text(), "df": single(), "di": 5, "dk": kind(), "dd": date()}
    v.update({k: o for k, o in options.items() if r.random() < .6})
    items = list(v.items()); r.shuffle(items)
    return dict(items)
def write(name, rows):
    with open(name, "w") as f:
        for v in rows: f.write(json.dumps(v, ensure_ascii=r.random() < .5) + "\n")
write("rows.jsonl", (row(i) for i in range(200)))
write("leaves.jsonl", (leaf() for _ in range(30)))
write("words.jsonl", ({"key": "word %d" % i, "value": leaf()} for i in range(50)))
write("points.jsonl", ({"key": {"a": i, "b": False}, "value": i} for i in range(20)))
write("many.jsonl", ({"key": r.randrange(5), "value": some(text)} for _ in range(40)))
write("days.jsonl", ({"key": "2024-01-%02d" % (i + 1)} for i in range(28)))
write("names.jsonl", ({"key": "name %d, \"%d\"" % (i, i)} for i in range(28)))
def npy(name, dtype, shape, data):
    head = ("{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (dtype, shape)).encode()
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    open(name, "wb").write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + data)
npy("heights.npy", "<f4", "(2, 3)", struct.pack("<6f", 1, 2, 3, .1, float("nan"), -0.0))
npy("scalar.npy", "<i8", "()", struct.pack("<q", -5))
END

collections='rows leaves words points many days names'
fill=()
for name in $collections; do
    fill+=("$name=$name.jsonl")
done
exits 0 "$SHM" build all.shm "${fill[@]}" heights=heights.npy scalar=scalar.npy -o one.img
cat err
exits 0 "$SHM" verify one.img
"$SHM" schema one.img >again.shm
for form in jsonl csv; do
    fill=()
    for name in $collections empty; do
        flag=
        [ $form = csv ] && flag=--csv
        # shellcheck disable=SC2086
        exits 0 "$SHM" dump one.img "$name" $flag
        mv out "again-$name.$form"
        fill+=("$name=again-$name.$form")
    done
    for name in heights scalar nothing; do
        "$SHM" dump one.img "$name" >"again-$name.npy"
        fill+=("$name=again-$name.npy")
    done
    exits 0 "$SHM" build again.shm "${fill[@]}" -o "$form.img"
    cat err
    holds "by way of $form the image has the same bytes" cmp one.img "$form.img"
    exits 0 "$SHM" diff one.img "$form.img"
done
same 'a float tensor keeps its bytes' "$(cmp heights.npy again-heights.npy && echo same)" same

# The order of arguments, --memory, --jobs and the folder leave no trace.
"$SHM" schema jsonl.img | cmp - again.shm
same 'the schema of the second is that of the first' $? 0
mkdir elsewhere
exits 0 "$SHM" build all.shm names=names.jsonl heights=heights.npy days=days.jsonl many=many.jsonl \
    points=points.jsonl words=words.jsonl scalar=scalar.npy leaves=leaves.jsonl rows=rows.jsonl \
    --memory 65536 --jobs 3 -o elsewhere/two.img
holds 'options and order leave no trace' cmp one.img elsewhere/two.img
split -n l/3 rows.jsonl piece- --additional-suffix=.jsonl
exits 0 "$SHM" build all.shm rows=piece-aa.jsonl names=names.jsonl heights=heights.npy \
    rows=piece-ab.jsonl days=days.jsonl many=many.jsonl points=points.jsonl words=words.jsonl \
    scalar=scalar.npy leaves=leaves.jsonl rows=piece-ac.jsonl -o three.img
holds 'several files follow one another' cmp one.img three.img

count
