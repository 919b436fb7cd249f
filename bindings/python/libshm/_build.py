"""libshm.build: what its arguments may be."""

import os as _os
import re as _re
import sys as _sys
from collections import abc as _abc

from libshm import _libshm
from libshm._schema import schema_of as _schema_of

_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


def _bytes_of(memory):
    """Bytes of 268435456, "256M" or None."""
    if memory is None:
        return 0
    if isinstance(memory, int) and not isinstance(memory, bool) and memory >= 0:
        return memory
    match = isinstance(memory, str) and _re.fullmatch(r"(\d+)\s*([kmgt]?)(?:i?b)?", memory.lower())
    if not match:
        raise ValueError(f"memory is a number of bytes, or a text like '256M', not {memory!r}")
    return int(match[1]) << (_UNITS[match[2]].bit_length() - 1)


def _schema(schema, collections):
    """The text of the schema and the path of its file, of which one is None."""
    if isinstance(schema, _os.PathLike):
        return None, _os.fspath(schema)
    if isinstance(schema, str):
        is_path = "\n" not in schema and schema.endswith(".shm") and "{" not in schema
        return (None, schema) if is_path else (schema, None)
    if isinstance(schema, type):
        if len(collections) != 1:
            raise ValueError("one class is the schema of one collection: give {name: class, ...}")
        schema = dict.fromkeys(collections, schema)
    if isinstance(schema, _abc.Mapping):
        return _schema_of(schema), None
    raise TypeError(
        "the schema is a text, the path of a .shm file, a class with __slot_types__ or {name: class}, "
        f"not {schema!r}"
    )


def _report(progress):
    """The callable that C calls with (phase, done, total)."""
    if progress is None or progress is False:
        return None
    if progress is True:
        return _on_terminal()
    if hasattr(progress, "update") and hasattr(progress, "n"):
        return _for_bar(progress)
    if callable(progress):
        return progress
    raise TypeError(f"progress is a callable, a bar like tqdm's, or a bool, not {progress!r}")


def _for_bar(bar):
    shown = None

    def report(phase, done, total):
        nonlocal shown
        if phase != shown:
            shown = phase
            bar.n = 0
            bar.total = total or None
            if hasattr(bar, "set_description"):
                bar.set_description(phase)
        bar.update(done - bar.n)

    return report


def _on_terminal():
    if not _sys.stderr.isatty():
        return None

    def report(phase, done, total):
        share = f"{100 * done // total} %" if total else f"{done:,}"
        print(f"\r\033[K{phase}: {share}", end="", file=_sys.stderr, flush=True)

    return report


def build(schema, path, collections, *, memory=None, progress=None, jobs=0, spill_folder=None):
    """Builds an image.

    `schema` is a text, the path of a .shm file, or {collection: class with __slot_types__}.
    `collections` maps names to what fills them: iterables, consumed as they come, of rows for a table
    (dicts, tuples in the order of the fields, or objects with attributes), of (key, value) pairs for a map
    or multimap (or a mapping), of keys for a set; an array, or (shape, iterable of arrays), for a tensor.
    Indexes are built from their tables.

    `memory` is how many bytes (or "256M") are held in memory; what goes beyond is held in unnamed files
    of `spill_folder`.  `progress` is called with (phase, done, total), and stops the build by answering
    False; or it is a bar like tqdm's; or True: a line on the terminal.  `jobs` threads work on indexes.

    All or nothing: if it fails, or an iterable raises, the file at `path` is what it was.
    """
    if not isinstance(collections, _abc.Mapping):
        raise TypeError(f"collections is a mapping of names to iterables, not {collections!r}")
    text, file = _schema(schema, collections)
    report = _report(progress)
    try:
        _libshm.build(
            schema=text,
            file=file,
            path=_os.path.abspath(_os.fsdecode(_os.fspath(path))),
            collections=list(collections.items()),
            memory=_bytes_of(memory),
            jobs=jobs,
            folder=None if spill_folder is None else _os.fspath(spill_folder),
            progress=report,
        )
    finally:
        if progress is True and report:
            print("\r\033[K", end="", file=_sys.stderr, flush=True)
