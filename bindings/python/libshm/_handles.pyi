from types import SimpleNamespace
from typing import Any, Final

from libshm._libshm import Image

KEPT: Final[int]

def open_image(path: Any, verify: Any, huge_pages: bool, private_copy: bool) -> Image: ...
def reopen_at(path: str, content: tuple[int, int], where: tuple[Any, ...] | None) -> Any: ...
def namespace(fields: dict[str, Any]) -> SimpleNamespace: ...
