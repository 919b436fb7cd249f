"""A multiprocessing pool over one image of this machine's packages, beside a private dict in each worker.

    PYTHONPATH=build/python python3 examples/python/packages_pool.py [--workers 4] [--image packages.img]

Every worker resolves the dependency closures of its share of the packages.  With the image it gets a handle of
a few hundred bytes and reads the pages that all share; with the dict it gets, and keeps, a copy of everything.
"""

import argparse
import multiprocessing
import os
import pathlib
import pickle
import re
import shutil
import subprocess
import tempfile
import time

import libshm

SCHEMA = pathlib.Path(__file__).parent.parent / "packages" / "packages.shm"
RELATIONS = {"<<": "earlier", "<=": "at_most", "=": "exactly", ">=": "at_least", ">>": "later"}
ALTERNATIVE = re.compile(r"\s*([^\s(:\[]+)[^(]*(?:\(\s*(\S+)\s+([^)]+)\))?")


# ---- the rows ----


def dependencies(text):
    """"libc6 (>= 2.36), debconf | cdebconf" as the schema has it."""
    found = []
    for part in filter(str.strip, text.split(",")):
        alternatives = []
        for choice in part.split("|"):
            name, relation, version = ALTERNATIVE.match(choice).groups()
            alternatives.append({"name": name, "relation": RELATIONS.get(relation), "version": version or ""})
        found.append({"alternatives": alternatives})
    return found


def package(fields):
    depends = dependencies(",".join(filter(None, (fields.get("Pre-Depends"), fields.get("Depends")))))
    return {
        "name": fields["Package"], "version": fields.get("Version", ""), "architecture": fields.get("Architecture", ""),
        "section": fields.get("Section", ""), "maintainer": fields.get("Maintainer", ""),
        "summary": fields.get("Description", ""), "homepage": fields.get("Homepage"),
        "installed_kib": int(fields["Installed-Size"]) if "Installed-Size" in fields else None,
        "download_bytes": int(fields.get("Size", 0)), "depends": depends,
        "needs": {each["name"] for dependency in depends for each in dependency["alternatives"]},
        "provides": {each.split("(")[0].strip() for each in fields.get("Provides", "").split(",") if each.strip()},
        "tags": {each.strip() for each in fields.get("Tag", "").split(",") if each.strip()},
    }


def of_this_machine():
    """The packages that apt knows, one after the other."""
    command = subprocess.Popen(["apt-cache", "dumpavail"], stdout=subprocess.PIPE, text=True)
    fields = {}
    for line in command.stdout:
        if not line.strip():
            if "Package" in fields:
                yield package(fields)
            fields = {}
        elif line[0] not in " \t":
            name, _, value = line.partition(":")
            fields[name] = value.strip()
    if "Package" in fields:
        yield package(fields)
    command.wait()


def made_up(count):
    for i in range(count):
        needs = ", ".join(f"package-{i // step} (>= 1.{i})" for step in (2, 3, 7) if i // step != i)
        yield package({"Package": f"package-{i}", "Version": f"1.{i}", "Architecture": "all", "Depends": needs,
                       "Description": f"number {i} of those that are made up", "Size": str(i)})


# ---- the work ----


def closure_size(first, depends_of):
    """How many packages one needs, itself included; depends_of(name) answers None for one that is not there."""
    seen, waiting = {first}, [first]
    while waiting:
        for choices in depends_of(waiting.pop()):
            for name in choices:
                if name in seen:
                    break
                if depends_of(name) is not None:
                    seen.add(name)
                    waiting.append(name)
                    break
    return len(seen)


class FromImage:
    def __init__(self, image):
        self.by_name = image.by_name

    def __call__(self, name):
        rows = self.by_name.get(name)
        if rows is None:
            return None
        return [[each.name for each in dependency.alternatives] for dependency in rows[0].depends]


class FromDict:
    def __init__(self, packages):
        self.packages = packages

    def __call__(self, name):
        found = self.packages.get(name)
        if found is None:
            return None
        return [[each["name"] for each in dependency["alternatives"]] for dependency in found["depends"]]


def begin(data, started, queue):
    """What each worker does first: `data` came by pickle."""
    global depends_of
    depends_of = FromImage(data) if isinstance(data, libshm.Image) else FromDict(data)
    queue.put(time.time() - started)


def work(names):
    return sum(closure_size(name, depends_of) for name in names), pss(), os.getpid()


def pss():
    """Memory of this process in MiB, of shared pages its share."""
    with open("/proc/self/smaps_rollup") as rollup:
        return next(int(line.split()[1]) for line in rollup if line.startswith("Pss:")) / 1024


def measure(what, data, names, workers, method):
    context = multiprocessing.get_context(method)
    queue = context.Queue()
    handed = len(pickle.dumps(data))
    started = time.time()
    with context.Pool(workers, begin, (data, started, queue)) as pool:
        ready = max(queue.get() for _ in range(workers))
        began = time.time()
        shares = [names[i::4 * workers] for i in range(4 * workers)]
        done = pool.map(work, shares, chunksize=1)
        spent = time.time() - began
    total = sum({pid: memory for _, memory, pid in done}.values())
    print(f"{what:22} {handed:>13,} {1000 * ready:>10.0f} {spent:>9.2f} {total:>12.1f}")
    return sum(count for count, _, _ in done)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--method", choices=multiprocessing.get_all_start_methods(), default="spawn")
    parser.add_argument("--image", help="where to build the image (default: a temporary folder)")
    parser.add_argument("--made-up", type=int, metavar="N", help="N packages that are made up, rather than apt's")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        path = arguments.image or os.path.join(folder, "packages.img")
        if arguments.made_up is None and shutil.which("apt-cache") is None:
            arguments.made_up = 20_000
        began = time.time()
        rows = of_this_machine() if arguments.made_up is None else made_up(arguments.made_up)
        libshm.build(SCHEMA, path, {"packages": rows})
        with libshm.open(path) as image:
            names = list(image.by_name)
            print(f"{len(image.packages)} packages, an image of {image.size / 2**20:.1f} MiB built in {time.time() - began:.1f} s")
            print(f"\n{arguments.workers} workers by {arguments.method}   handed, bytes   ready ms    work s    PSS, MiB")
            shared = measure("one image", image, names, arguments.workers, arguments.method)
            private = {row.name: libshm.materialize(row) for row in reversed(image.packages)}
            copied = measure("a dict in each", private, names, arguments.workers, arguments.method)
        assert shared == copied
        print(f"\n{shared / max(len(names), 1):.1f} packages in a closure on average")


if __name__ == "__main__":
    main()
