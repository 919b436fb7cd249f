from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

class BufferProxyObject:
    # The classes that are made for a Schema have a descriptor for each attribute.
    def __getattr__(self, name: str, /) -> Any: ...
    def __setattr__(self, name: str, value: Any, /) -> None: ...
    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]: ...

class Schema:
    slot_types: dict[str, Any]
    slot_keys: tuple[str, ...]
    alignment: int
    version: Any
    user_data: Any
    @property
    def Proxy(self) -> type[BufferProxyObject]: ...
    @property
    def code(self) -> int | None: ...
    @property
    def pack_buffer_size(self) -> int: ...
    @property
    def max_pack_buffer_size(self) -> int | None: ...
    def __init__(
        self,
        slot_types: Mapping[str, Any],
        alignment: int = 8,
        pack_buffer_size: int = 65536,
        max_pack_buffer_size: int | None = None,
        slot_keys: Iterable[str] | None = None,
        version: Any = None,
        user_data: Any = None,
        pre_write_hook: Callable[[Any], Any] | None = None,
        post_write_hook: Callable[[Any, int, int], Any] | None = None,
        proxy_bases: Iterable[type] = (),
        name: str = "Proxy",
    ) -> None: ...
    @classmethod
    def from_typed_slots(cls, struct_class: Any, **options: Any) -> Self: ...
    @classmethod
    def from_description(cls, described: Any) -> Self: ...
    def set_proxy_bases(self, bases: Iterable[type]) -> None: ...
    def set_hooks(
        self,
        pre_write_hook: Callable[[Any], Any] | None = None,
        post_write_hook: Callable[[Any, int, int], Any] | None = None,
    ) -> None: ...
    def set_pack_buffer_size(self, size: int) -> None: ...
    def compatible(self, other: Any) -> bool: ...
    def describe(self) -> dict[str, Any]: ...
    def pack(self, obj: Any, idmap: dict[int, Any] | None = None) -> bytearray: ...
    def pack_into(
        self, obj: Any, buf: Any, offs: int = 0, idmap: dict[int, Any] | None = None
    ) -> int: ...
    def unpack(
        self,
        buf: Any,
        idmap: dict[int, Any] | None = None,
        factory_class_new: Callable[[type[BufferProxyObject]], Any] | None = None,
        proxy_into: Any = None,
    ) -> Any: ...
    def unpack_from(
        self,
        buf: Any,
        offs: int = 0,
        idmap: dict[int, Any] | None = None,
        factory_class_new: Callable[[type[BufferProxyObject]], Any] | None = None,
        proxy_into: Any = None,
    ) -> Any: ...
    def __reduce__(self) -> tuple[Any, ...]: ...
