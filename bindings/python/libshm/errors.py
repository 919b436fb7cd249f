"""The exceptions of libshm.  Each is a libshm.Error and also the built-in exception of its nature."""

import errno as _errno


class _Absent:
    """What stands for an absent value of a `T??` where None stands for null."""

    __slots__ = ()

    def __repr__(self):
        return "libshm.ABSENT"

    def __bool__(self):
        return False

    def __reduce__(self):
        return "ABSENT"


ABSENT = _Absent()


class Error(Exception):
    """Of everything that libshm raises on its own."""


class InvalidError(Error, ValueError):
    """A value or argument that cannot be taken."""


class ValueTypeError(InvalidError, TypeError):
    """A value of a type that its field cannot hold."""


class SchemaError(Error, ValueError):
    """A schema with an error in it."""


class SchemaMismatchError(SchemaError):
    """The image holds data of another, incompatible schema."""


class DuplicateKeyError(Error, ValueError):
    """Two rows have one key of a unique index or map."""


class LimitError(Error, OverflowError):
    """A stated limit was passed."""


class OutOfMemoryError(Error, MemoryError):
    """An allocation failed."""


class ImageIOError(Error, OSError):
    """A file cannot be opened, read or written."""

    @classmethod
    def of_errno(cls, number, text, path):
        chosen = _BY_ERRNO.get(number, cls)
        return chosen(number or _errno.EIO, text, path)


class ImageNotFoundError(ImageIOError, FileNotFoundError):
    """There is no such file."""


class ImagePermissionError(ImageIOError, PermissionError):
    """The file may not be read or written."""


class NoSpaceError(ImageIOError):
    """The file system is full."""


_BY_ERRNO = {
    _errno.ENOENT: ImageNotFoundError,
    _errno.EACCES: ImagePermissionError,
    _errno.EPERM: ImagePermissionError,
    _errno.ENOSPC: NoSpaceError,
}


class CorruptError(Error, ValueError):
    """The bytes of an image are not what they should be."""


class TruncatedError(CorruptError):
    """The image is shorter than its header says."""


class NotImageError(Error, ValueError):
    """The file is no image."""


class VersionError(Error, ValueError):
    """The image is of a format version, or a byte order, that is not read."""


class NotFoundError(Error, LookupError):
    """There is no such collection or field."""


class AbortedError(Error, RuntimeError):
    """The progress callable asked to stop."""


class LockedError(Error, BlockingIOError):
    """Somebody else holds what is needed."""


class ClosedError(Error, ValueError):
    """The image was closed."""


class StaleError(Error, RuntimeError):
    """The file was replaced since the handle to it was made."""
