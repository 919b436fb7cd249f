"""Files of arrays, mappers and mappings: writing them, mapping them, closing them."""

import contextlib
import fcntl
import io
import mmap
import os
import shutil
import struct
import tempfile
import zipfile

from libshm._libshm import mapped as _mapped
from libshm.errors import CorruptError, StaleError

HEADER_BYTES = 128
SUM_BLOCK_BYTES = 1 << 20
FLAG_MUTABLE = 1


# ---- writing ----


class _Sum:
    """The checksum of a part's body: of the checksums of its blocks of 1 MiB."""

    def __init__(self):
        self._sums = bytearray()
        self._rest = bytearray()

    def add(self, data):
        with memoryview(data) as view:
            begin = 0
            if self._rest:
                begin = min(SUM_BLOCK_BYTES - len(self._rest), len(view))
                self._rest += view[:begin]
                if len(self._rest) < SUM_BLOCK_BYTES:
                    return
                self._block(self._rest)
                self._rest = bytearray()
            while len(view) - begin >= SUM_BLOCK_BYTES:
                self._block(view[begin : begin + SUM_BLOCK_BYTES])
                begin += SUM_BLOCK_BYTES
            self._rest += view[begin:]

    def _block(self, data):
        self._sums += struct.pack("<Q", _mapped.bytes_sum(data))

    def end(self):
        if self._rest:
            self._block(self._rest)
        return _mapped.bytes_sum(self._sums)


class PartWriter:
    """Writes one part to a file from its current position on: body first, header last."""

    def __init__(self, destfile):
        self._file = destfile
        self.start = destfile.tell()
        self.size = 0
        self._sum = _Sum()
        self._file.write(bytes(HEADER_BYTES))
        self.size = HEADER_BYTES

    def write(self, data):
        self._file.write(data)
        self._sum.add(data)
        self.size += len(data)

    def section(self, data):
        """Writes a section; returns its place."""
        self.align()
        at = self.size
        self.write(data)
        return at, self.size - at

    def align(self):
        self.write(bytes(-self.size % 8))

    def seal(self, kind, width, flags, count, entries, seed, sections):
        """Writes the header, and returns it."""
        self.align()
        return self._seal(kind, width, flags, count, entries, seed, sections, self._sum.end())

    def _seal(self, kind, width, flags, count, entries, seed, sections, total):
        sections = tuple(sections) + ((0, 0),) * (3 - len(sections))
        header = _mapped.part_header(kind, width, flags, self.size, count, entries, seed, sections,
                                     total)
        self._file.seek(self.start)
        self._file.write(header)
        self._file.seek(self.start + self.size)
        return header


class MappingWriter(PartWriter):
    """A part whose body is parts, which have checksums of their own: its sum is that of theirs."""

    def __init__(self, destfile):
        super().__init__(destfile)
        self._sums = []

    def write_part(self, write):
        """Calls ``write(file)``, which writes a part and returns its header; returns its place."""
        at = self.size
        header = write(self._file)
        self._sums.append(int.from_bytes(header[-8:], "little"))
        self.size = self._file.tell() - self.start
        return at, self.size - at

    def write(self, data):
        self._file.write(data)
        self.size += len(data)

    def seal(self, kind, width, flags, count, entries, seed, sections):
        return self._seal(kind, width, flags, count, entries, seed, sections,
                          sum_of_parts(self._sums))


def sum_of_parts(header_sums):
    """What stands for a part that consists of parts."""
    return _mapped.bytes_sum(struct.pack(f"<{len(header_sums)}Q", *header_sums))


@contextlib.contextmanager
def destination(destfile, tempdir):
    """The file to write to: one that is open, or a path (the file appears when it is whole), or
    None, for an unnamed one.  After an exception it is as it was."""
    if destfile is None:
        made = tempfile.TemporaryFile(dir=tempdir)
        try:
            yield made
            made.flush()
        except BaseException:
            made.close()
            raise
    elif isinstance(destfile, (str, os.PathLike)):
        with _new_file(os.fspath(destfile)) as made:
            yield made
    else:
        with _at_end(destfile) if _ends_at(destfile) else _amid(destfile, tempdir) as made:
            yield made


def _ends_at(destfile):
    """Whether nothing stands after the file's position."""
    if _appends(destfile):
        raise ValueError(
            f"{_name_of(destfile)} is open for appending, and the header is written last: open it "
            "with 'r+b', and seek to its end"
        )
    start = destfile.tell()
    end = destfile.seek(0, os.SEEK_END)
    destfile.seek(start)
    return end <= start


def _appends(destfile):
    try:
        return fcntl.fcntl(destfile.fileno(), fcntl.F_GETFL) & os.O_APPEND != 0
    except (AttributeError, OSError):  # a file in memory
        return False


@contextlib.contextmanager
def _at_end(destfile):
    start = destfile.tell()
    try:
        yield destfile
        destfile.flush()
    except BaseException:
        destfile.seek(start)
        destfile.truncate()
        raise


@contextlib.contextmanager
def _amid(destfile, tempdir):
    """What stands there is overwritten when all of the part is known."""
    start = destfile.tell()
    with tempfile.TemporaryFile(dir=tempdir) as made:
        try:
            yield made
            made.seek(0)
            shutil.copyfileobj(made, destfile, SUM_BLOCK_BYTES)
            destfile.flush()
        except BaseException:
            destfile.seek(start)
            raise


@contextlib.contextmanager
def _new_file(path):
    handle, name = tempfile.mkstemp(prefix=".", dir=os.path.dirname(path) or ".")
    try:
        with os.fdopen(handle, "w+b") as made:
            yield made
            made.flush()
            os.fsync(made.fileno())
        os.rename(name, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise


# ---- mapping ----


def _map(fileobj, offset, size, read_only):
    """(buffer, path or None) of a file object or a path; the whole file."""
    if offset < 0 or (size is not None and size < 0):
        raise ValueError("offset and size cannot be negative")
    if isinstance(fileobj, (str, os.PathLike)):
        with open(fileobj, "rb" if read_only else "r+b") as opened:
            return _map(opened, offset, size, read_only)
    if isinstance(fileobj, io.BytesIO):
        return fileobj.getbuffer(), None
    fileobj.flush()
    number = fileobj.fileno()
    if os.fstat(number).st_size == 0:
        raise CorruptError(f"{_name_of(fileobj)} is empty")
    access = mmap.ACCESS_READ if read_only else mmap.ACCESS_WRITE
    buffer = mmap.mmap(number, 0, access=access)
    name = getattr(fileobj, "name", None)
    if isinstance(name, (str, bytes)) and os.path.exists(name):
        return buffer, os.path.abspath(os.fsdecode(name))
    return buffer, None


def _name_of(fileobj):
    name = getattr(fileobj, "name", None)
    return repr(name) if isinstance(name, str) else "the file"


def _member_place(archive, member):
    """(offset, size) of a stored member."""
    info = archive.getinfo(member) if isinstance(member, str) else member
    if info.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{info.filename!r} is compressed: only stored members can be mapped")
    if info.flag_bits & 1:
        raise ValueError(f"{info.filename!r} is encrypted: it cannot be mapped")
    archive.fp.seek(info.header_offset)
    header = archive.fp.read(30)
    if len(header) != 30 or header[:4] != b"PK\x03\x04":
        raise CorruptError(f"{info.filename!r} has no header in the archive")
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    return info.header_offset + 30 + name_length + extra_length, info.file_size


class GenericFileMapper:
    """What can be mapped from files: derive a class, and give it ``map_buffer``."""

    @classmethod
    def map_buffer(cls, buf, offset=0, size=None, **options):
        raise NotImplementedError(f"{cls.__name__}.map_buffer")

    @classmethod
    def map_file(cls, fileobj, offset=0, size=None, read_only=True, **options):
        """Maps what stands in a file (an open one, or a path) from the offset on.

        Numbers of a mapping that is not read-only can be stored to, if the file is open for
        reading and writing; all processes that map the file see it."""
        if isinstance(fileobj, zipfile.ZipExtFile):
            return cls.map_zipfile(fileobj, read_only=read_only, **options)
        buffer, path = _map(fileobj, offset, size, read_only)
        return cls._map_whole(buffer, offset, size, path, read_only, options)

    @classmethod
    def map_zipfile(cls, archive, member=None, read_only=True, **options):
        """Maps a stored member of an archive: a ZipFile or a path, and the member's name; or what
        ``ZipFile.open`` returned."""
        if isinstance(archive, (str, os.PathLike)):
            with zipfile.ZipFile(archive) as opened:
                return cls.map_zipfile(opened, member, read_only, **options)
        if isinstance(archive, zipfile.ZipExtFile):
            place = _open_member_place(archive)
            opened = archive._fileobj._file
        else:
            place = _member_place(archive, member)
            opened = archive.fp
        buffer, path = _map(opened, *place, read_only)
        return cls._map_whole(buffer, *place, path, read_only, options)

    @classmethod
    def _map_whole(cls, buffer, offset, size, path, read_only, options):
        return cls.map_buffer(buffer, offset, size, **options)


def _open_member_place(member):
    if member._compress_type != zipfile.ZIP_STORED or member._decrypter is not None:
        raise ValueError(f"{member.name!r} is compressed: only stored members can be mapped")
    return member._orig_compress_start, member._orig_file_size


class GenericProxyFileMapper(GenericFileMapper):
    """Parts: arrays, mappers and mappings.  They can be closed, verified, copied, and pickled if
    they are mapped from a file with a name."""

    _path = None
    _owner = None
    _part_of = None  # (class of the mapping, its _path, name of its attribute that this is)

    @classmethod
    def map_buffer(cls, buf, offset=0, size=None, read_only=None, verify=False, **options):
        """Maps what stands in a buffer from the offset on.  It is writable if the buffer is,
        unless it is to be read-only.  With ``verify``, all checksums are checked."""
        if options:
            raise TypeError(f"map_buffer() has no argument {next(iter(options))!r}")
        if isinstance(buf, _mapped.Space):
            space = buf
        else:
            with memoryview(buf) as view:
                writable = not view.readonly and not read_only
            space = _mapped.Space(buf, offset, -1 if size is None else size, writable)
            offset = 0
        made = cls._bind(space, offset)
        if verify:
            made.verify()
        return made

    @classmethod
    def _bind(cls, space, offset):
        raise NotImplementedError(f"{cls.__name__}._bind")

    @classmethod
    def _map_whole(cls, buffer, offset, size, path, read_only, options):
        try:
            made = cls.map_buffer(buffer, offset, size, read_only=read_only, **options)
        except BaseException:
            if isinstance(buffer, mmap.mmap):
                with contextlib.suppress(BufferError):
                    buffer.close()
            raise
        made._owner = buffer
        if path is not None:
            made._path = (path, offset, size, read_only, made._info()["header_sum"])
        return made

    @classmethod
    def _build(cls, destfile, tempdir, read_only, return_mapper, write):
        """Has a part written, by ``write(file)``; what build returns."""
        is_open = destfile is not None and not isinstance(destfile, (str, os.PathLike))
        start = destfile.tell() if is_open else 0
        with destination(destfile, tempdir) as made:
            begin = made.tell()
            write(made)
            size = made.tell() - begin
        if not return_mapper:
            return start + size
        if destfile is None:
            return cls.map_file(made, read_only=read_only)
        if not is_open:
            return cls.map_file(destfile, read_only=read_only)
        return cls.map_file(destfile, start, size, read_only=read_only)

    def _info(self):
        return _mapped.part_info(self._space, self._offset)

    def verify(self):
        """Checks all checksums; CorruptError if one is wrong."""
        info = self._info()
        if info["flags"] & FLAG_MUTABLE or info["sum"] == 0:
            return
        total = _Sum()
        body = self._space.window(self._offset + HEADER_BYTES, info["total"] - HEADER_BYTES)
        with body:
            for at in range(0, len(body), SUM_BLOCK_BYTES):
                with body[at : at + SUM_BLOCK_BYTES] as block:
                    total.add(block)
        if total.end() != info["sum"]:
            raise CorruptError(
                f"the checksum of the {type(self).__name__} at offset {self._offset} is wrong"
            )

    def preload(self):
        """Reads every page once, so that later reads wait for no disk."""
        self._space.preload()

    def copy(self):
        """The same in memory of this process."""
        with self._space.window(self._offset, self._info()["total"]) as view:
            return type(self).map_buffer(view.tobytes())

    @property
    def closed(self):
        return self._space.closed

    @property
    def read_only(self):
        return not self._space.writable

    def close(self):
        """Unmaps it; BufferError while objects or arrays still refer to it."""
        self._space.close()
        if isinstance(self._owner, mmap.mmap):
            self._owner.close()
        self._owner = None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def __reduce__(self):
        if self._part_of is not None and self._part_of[1] is not None:
            return _reopen_part, self._part_of
        if self._path is None:
            raise TypeError(
                f"a {type(self).__name__} that was not mapped from a file with a name cannot be "
                "pickled: build it with a destfile, or send its file"
            )
        return _reopen, (type(self), self._path)


def _reopen_part(cls, place, name):
    return getattr(_reopen(cls, place), name)


def _reopen(cls, place):
    path, offset, size, read_only, header_sum = place
    made = cls.map_file(path, offset, size, read_only=read_only)
    if made._info()["header_sum"] != header_sum:
        made.close()
        raise StaleError(f"{path!r} was replaced by another file since the handle was pickled")
    return made
