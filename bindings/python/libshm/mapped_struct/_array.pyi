import os
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, Self, SupportsIndex, overload

from libshm.mapped_struct._files import GenericProxyFileMapper
from libshm.mapped_struct._schema import Schema

def write_array(schema: Schema, objects: Iterable[Any], made: IO[bytes],
                idmap: dict[int, Any] | None, read_only: bool) -> bytes: ...

class MappedArrayProxyBase(GenericProxyFileMapper):
    schema: Schema | None
    @classmethod
    def build(
        cls,
        initializer: Iterable[Any],
        destfile: str | os.PathLike[str] | IO[bytes] | None = None,
        tempdir: str | os.PathLike[str] | None = None,
        idmap: dict[int, Any] | None = None,
        return_mapper: bool = True,
        read_only: bool = True,
    ) -> Any: ...
    @classmethod
    def merge(cls, parts: Iterable[Iterable[Any]],
              destfile: str | os.PathLike[str] | IO[bytes] | None = None,
              **options: Any) -> Any: ...
    @overload
    def __getitem__(self, key: SupportsIndex, /) -> Any: ...
    @overload
    def __getitem__(self, key: slice, /) -> list[Any]: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Any]: ...
    def iter(self) -> Iterator[Any]: ...
    def iter_fast(self, mask: Any = None) -> Iterator[Any]: ...
    def getter(self, proxy_into: Any = None) -> Callable[[int], Any]: ...
