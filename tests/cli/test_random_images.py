#!/usr/bin/env python3
"""Random images through the command: what dump prints, build makes again, byte by byte, from JSON
and from CSV; get finds by each key what dump shows; images of parts of the rows merge into one.

$SHM_TEST_SEEDS says how many seeds; each failure names its seed."""

import datetime
import glob
import json
import os
import re
import shutil
import subprocess
import sys

BUILD = os.environ["SHM_BUILD"]
SHM = os.path.join(BUILD, "bin", "shm")
RANDOM_IMAGE = os.path.join(BUILD, "tests", "random_image")
FIRST_SEED = 5000
SEEDS = 40
KEYS_AN_INDEX = 25
SHOWN = 600

counts = {"passed": 0, "failed": 0}


def check(holds, seed, what, detail=""):
    counts["passed" if holds else "failed"] += 1
    if not holds:
        print(f"FAILED: seed {seed}: {what}\n{str(detail)[:SHOWN]}")
    return holds


def run(seed, *arguments, wanted=0):
    """What the command printed; None after a failure."""
    done = subprocess.run([SHM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    line = " ".join(str(argument) for argument in arguments[:4])
    good = check(done.returncode == wanted, seed, f"shm {line}: exit {done.returncode}",
                 done.stderr.decode(errors="replace"))
    return done.stdout if good else None


class Float(float):
    """A float that keeps its text."""

    def __new__(cls, text):
        self = super().__new__(cls, text)
        self.text = text
        return self


def loads(line):
    return json.loads(line, parse_float=Float)


def dumps(value):
    if isinstance(value, Float):
        return value.text
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{dumps(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(dumps(item) for item in value) + "]"
    return json.dumps(value)


def as_argument(value):
    return value if isinstance(value, str) else dumps(value)


DATETIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{6})?(Z|[+-]\d\d:\d\d)")


def normal(value):
    """Equal for equal keys: datetimes by instant; Python's 0.0 and -0.0 are equal anyway."""
    if isinstance(value, dict):
        return tuple(normal(item) for item in value.values())
    if isinstance(value, list):
        return tuple(normal(item) for item in value)
    found = DATETIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    local = datetime.datetime.fromisoformat(found[1] + (found[2] or ""))
    since = (local - datetime.datetime(1970, 1, 1)) // datetime.timedelta(microseconds=1)
    zone = found[3]
    if zone != "Z":
        minutes = int(zone[1:3]) * 60 + int(zone[4:6])
        since -= (minutes if zone[0] == "+" else -minutes) * 60_000_000
    return ("instant", since)


class Collection:
    def __init__(self, name, text):
        words = re.fullmatch(r"(index|multi|sorted) (\w+) by (.*?)( approximate 1/\d+)?", text)
        self.name = name
        self.kind = words[1] if words else re.match(r"\w+", text)[0]
        self.table = words[2] if words else name
        self.paths = words[3].split(", ") if words else ["key"]
        self.approximate = bool(words and words[4])
        self.is_index = bool(words)

    def keys(self, row):
        """The keys of a row, each once, by their normal form."""
        parts = []
        where = None
        for i, path in enumerate(self.paths):
            value = row
            for step in path.split("."):
                value = value.get(step) if value is not None else None
            if value is None:
                return {}
            if isinstance(value, list):
                where = i
            parts.append(value)
        choices = [parts]
        if where is not None:
            choices = [parts[:where] + [item] + parts[where + 1:] for item in parts[where]]
        single = len(self.paths) == 1
        keys = [choice[0] if single else choice for choice in choices]
        return {normal(key): key for key in keys}

    def match(self, line, row):
        """What get prints of a row."""
        if self.is_index:
            return row
        return row["key"] if self.kind == "set" else row.get("value")


def collections_of(schema):
    dataset = schema[re.search(r"^dataset \w+ \{", schema, re.M).end():]
    found = re.findall(r"^  (\w+): (.*?)( deprecated)?;$", dataset, re.M)
    return [Collection(name, text) for name, text, _ in found]


def rebuild(seed, schema_path, inputs, how):
    """Builds from the dumps, and compares."""
    run(seed, "build", schema_path, *[f"{name}={path}" for name, path in inputs], "-o", "b.img")
    if not os.path.exists("b.img"):
        return
    with open("a.img", "rb") as one, open("b.img", "rb") as other:
        check(one.read() == other.read(), seed, f"{how} makes another image")
    run(seed, "diff", "a.img", "b.img")
    os.remove("b.img")


def dump_all(seed, collections, extension, *options):
    inputs = []
    for collection in collections:
        if collection.is_index:
            continue
        is_tensor = collection.kind == "tensor"
        path = collection.name + (".npy" if is_tensor else extension)
        dumped = run(seed, "dump", "a.img", collection.name, *([] if is_tensor else options))
        with open(path, "wb") as file:
            file.write(dumped or b"")
        inputs.append((collection.name, path))
    return inputs


def check_finds(seed, collection, rows):
    """get by some keys: the rows that dump shows with them, in row order."""
    matches = {}
    arguments = {}
    for row in rows:
        for key, plain in collection.keys(row).items():
            matches.setdefault(key, []).append(collection.match(None, row))
            arguments[key] = as_argument(plain)
    chosen = [key for key in list(matches) if "\0" not in arguments[key]]
    chosen = chosen[::max(1, len(chosen) // KEYS_AN_INDEX)]
    if not chosen:
        return
    if collection.approximate:
        for key in chosen[:4]:
            found = run(seed, "get", "a.img", collection.name, "--", arguments[key]) or b""
            lines = [loads(line) for line in found.splitlines()]
            check(all(row in lines for row in matches[key]), seed,
                  f"get {collection.name} {arguments[key]!r} misses rows")
        return
    found = run(seed, "get", "a.img", collection.name, "--", *[arguments[key] for key in chosen])
    lines = [loads(line) for line in (found or b"").splitlines()]
    check(lines == [row for key in chosen for row in matches[key]], seed,
          f"get {collection.name} finds other rows", [arguments[key] for key in chosen])


def check_merge(seed):
    """The images of the rows' parts merge into the image of all."""
    subprocess.run([RANDOM_IMAGE, str(seed), "--shards"], check=True, stderr=subprocess.DEVNULL)
    shards = sorted(glob.glob("shard-*.img"))
    run(seed, "merge", *shards, "-o", "merged.img")
    with open("whole.img", "rb") as one, open("merged.img", "rb") as other:
        check(one.read() == other.read(), seed, f"{len(shards)} shards merge into another image")
    run(seed, "merge", "merged.img", "-o", "merged.img")
    with open("whole.img", "rb") as one, open("merged.img", "rb") as other:
        check(one.read() == other.read(), seed, "one image merges into another one")


def check_seed(seed):
    subprocess.run([RANDOM_IMAGE, str(seed), "a.img"], check=True, stderr=subprocess.DEVNULL)
    run(seed, "verify", "a.img")
    schema = run(seed, "schema", "a.img").decode()
    with open("s.shm", "w", encoding="utf-8") as file:
        file.write(schema)
    collections = collections_of(schema)
    inputs = dump_all(seed, collections, ".jsonl")
    rebuild(seed, "s.shm", inputs, "the dump as JSON")
    rebuild(seed, "s.shm", dump_all(seed, collections, ".csv", "--csv"), "the dump as CSV")
    rows = {}
    for name, path in inputs:
        if path.endswith(".jsonl"):
            with open(path, "rb") as file:
                rows[name] = [loads(line) for line in file.read().split(b"\n") if line]
    for collection in collections:
        if collection.kind not in ("array", "tensor"):
            check_finds(seed, collection, rows[collection.table])
        elif collection.kind == "array" and rows[collection.name]:
            last = len(rows[collection.name]) - 1
            found = run(seed, "get", "a.img", collection.name, str(last))
            check([loads(line) for line in (found or b"").splitlines()] ==
                  [rows[collection.name][last]], seed, f"get {collection.name} {last}")
    check_merge(seed)


def main():
    wanted = subprocess.run([RANDOM_IMAGE, "--seeds", str(SEEDS)], check=True,
                            stdout=subprocess.PIPE).stdout
    for seed in range(FIRST_SEED, FIRST_SEED + int(wanted)):
        folder = f"seed-{seed}"
        os.mkdir(folder)
        os.chdir(folder)
        check_seed(seed)
        os.chdir("..")
        shutil.rmtree(folder)
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    sys.exit(counts["failed"] != 0)


main()
