"""Open images of this process, so that what another process pickled finds the mapping that is there.

A handle is kept open for a while after the last object that came by pickle is gone: a worker that gets
a handle with each task would else map and read the schema each time.
"""

import os as _os
import threading as _threading
import types as _types
import weakref as _weakref
from collections import OrderedDict as _OrderedDict

from libshm import _libshm
from libshm.errors import StaleError

KEPT = 16
_VERIFY = {"auto": 0, "always": 1, "never": 2}

_lock = _threading.Lock()
_open = _weakref.WeakValueDictionary()  # (path, content): handle
_kept = _OrderedDict()  # the same, most recently used last


def _renew_lock():
    global _lock
    _lock = _threading.Lock()


_os.register_at_fork(after_in_child=_renew_lock)


def open_image(path, verify, huge_pages, private_copy):
    try:
        mode = _VERIFY[verify]
    except (KeyError, TypeError):
        raise ValueError(f"verify must be 'auto', 'always' or 'never', not {verify!r}") from None
    path = _os.path.abspath(_os.fsdecode(_os.fspath(path)))
    handle = _libshm.open_handle(path, mode, huge_pages, private_copy)
    with _lock:
        _open[(path, _libshm.describe_handle(handle)[1])] = handle
    return _libshm.image_of(handle)


def _find(key):
    with _lock:
        handle = _kept.get(key) or _open.get(key)
        if handle is None or not _libshm.describe_handle(handle)[2]:
            _kept.pop(key, None)
            return None
        if key in _kept:
            _kept.move_to_end(key)
        return handle


def _reopen(path, content):
    handle = _libshm.open_handle(path, _VERIFY["auto"])
    if _libshm.describe_handle(handle)[1] != content:
        raise StaleError(
            f"{path!r} was replaced since the handle to it was made: open it again"
        )
    with _lock:
        _open[(path, content)] = handle
        _kept[(path, content)] = handle
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return handle


def reopen_at(path, content, where):
    """What was pickled as being at `where` in the image."""
    handle = _find((path, content)) or _reopen(path, content)
    image = _libshm.image_of(handle)
    if where is None:
        return image
    kind, name, *rest = where
    collection = image[name]
    if kind == "row":
        return collection[rest[0]]
    if kind == "slice":
        first, step, count = rest
        stop = first + step * count
        return collection[first : (None if stop < 0 else stop) : step]
    if kind == "rows":
        return collection._rows_at(*rest)
    if kind == "column":
        return collection.to_numpy() if rest[0] is None else collection.column(rest[0])
    return collection


def namespace(fields):
    """A plain copy of a record that is part of another."""
    return _types.SimpleNamespace(**fields)
