"""Typed data shared between processes, read in place.

    libshm.build(schema, "geo.img", {"cities": rows})
    with libshm.open("geo.img") as img:
        img.by_id[42].name
"""

from collections import abc as _abc

from libshm import _libshm, errors
from libshm._build import build
from libshm._handles import open_image as _open_image
from libshm._libshm import (
    ApproximateIndex,
    Dict,
    Image,
    Index,
    KeySet,
    List,
    Map,
    MultiIndex,
    MultiMap,
    Record,
    Rows,
    Set,
    SortedIndex,
    Table,
    Tuple,
    format_version,
    row_number,
    version,
)
from libshm._schema import schema_of
from libshm.errors import (
    ABSENT,
    AbortedError,
    ClosedError,
    CorruptError,
    DuplicateKeyError,
    Error,
    ImageIOError,
    ImageNotFoundError,
    ImagePermissionError,
    InvalidError,
    LimitError,
    LockedError,
    NoSpaceError,
    NotFoundError,
    NotImageError,
    OutOfMemoryError,
    SchemaError,
    SchemaMismatchError,
    StaleError,
    TruncatedError,
    ValueTypeError,
    VersionError,
)

__version__ = version

for _class in (List, Tuple, Table, Rows):
    _abc.Sequence.register(_class)
for _class in (Dict, Index, Map, MultiIndex, MultiMap, SortedIndex):
    _abc.Mapping.register(_class)
for _class in (Set, KeySet):
    _abc.Set.register(_class)
del _class


def __getattr__(name):
    """`mapped_struct` is imported when it is first asked for."""
    if name == "mapped_struct":
        import importlib

        return importlib.import_module("libshm.mapped_struct")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def open(path, verify="auto", *, huge_pages=False, private_copy=False):
    """Opens an image.

    `verify` says when all its bytes are checked before they are trusted: "auto" (unless the file is
    one's own and nobody else may write it), "always" or "never".  `huge_pages` asks the kernel for pages
    of 2 MiB, which makes random lookups in large images faster; `private_copy` reads the file into memory of
    this process rather than map it, for files that somebody else could change.
    """
    return _open_image(path, verify, huge_pages, private_copy)


def materialize(value):
    """A plain copy of what stands in an image, in built-in types all the way down.

    Records become dicts, references row numbers, tables and rows lists, indexes and maps dicts; what is
    no part of an image stays as it is.
    """
    if isinstance(value, Table):
        return [_libshm.materialize(each) for each in value]
    if isinstance(value, Rows):
        return value._plain()
    if isinstance(value, (Index, Map, MultiIndex, MultiMap, SortedIndex)):
        return dict(value._iterate_plain())
    if isinstance(value, KeySet):
        return frozenset(value._iterate_plain())
    return _libshm.materialize(value)


__all__ = [
    "ABSENT",
    "AbortedError",
    "ApproximateIndex",
    "ClosedError",
    "CorruptError",
    "Dict",
    "DuplicateKeyError",
    "Error",
    "Image",
    "ImageIOError",
    "ImageNotFoundError",
    "ImagePermissionError",
    "Index",
    "InvalidError",
    "KeySet",
    "LimitError",
    "List",
    "LockedError",
    "Map",
    "MultiIndex",
    "MultiMap",
    "NoSpaceError",
    "NotFoundError",
    "NotImageError",
    "OutOfMemoryError",
    "Record",
    "Rows",
    "SchemaError",
    "SchemaMismatchError",
    "Set",
    "SortedIndex",
    "StaleError",
    "Table",
    "TruncatedError",
    "Tuple",
    "ValueTypeError",
    "VersionError",
    "build",
    "errors",
    "format_version",
    "materialize",
    "open",
    "row_number",
    "schema_of",
    "version",
]
