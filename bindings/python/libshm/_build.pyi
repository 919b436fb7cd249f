from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from typing import Any, Protocol

_Path = str | bytes | PathLike[str] | PathLike[bytes]

class _Bar(Protocol):
    n: Any
    total: Any
    def update(self, n: Any, /) -> Any: ...

def build(
    schema: str | PathLike[str] | type | Mapping[str, type],
    path: _Path,
    collections: Mapping[str, Iterable[Any]],
    *,
    memory: int | str | None = None,
    progress: Callable[[str, int, int], object] | _Bar | bool | None = None,
    jobs: int = 0,
    spill_folder: str | PathLike[str] | None = None,
) -> None: ...
