"""Objects that are packed into temporary files one by one, and read in place from there."""

import mmap
import tempfile

from libshm._libshm import mapped as _mapped
from libshm.errors import ClosedError
from libshm.mapped_struct.idmap import StrongIdMap


class _Section:
    def __init__(self, start, size, tempdir):
        self.start = start
        self.size = size
        self.used = 0
        self.idmap = StrongIdMap()
        with tempfile.TemporaryFile(dir=tempdir) as opened:
            opened.truncate(size)
            self.buffer = mmap.mmap(opened.fileno(), size)
        self.space = _mapped.Space(self.buffer)


class TemporaryObjectPool:
    """Packs objects one after the other into unnamed files of ``section_size`` bytes, where all
    processes forked from this one can read them: what would fill the heap of each lies in memory
    that they share, and that the kernel can write back.

    What is packed twice into a section is stored once."""

    def __init__(self, section_size=1 << 24, tempdir=None):
        if not isinstance(section_size, int) or section_size < 4096:
            raise ValueError(f"section_size is a number of at least 4096, not {section_size!r}")
        self._section_size = section_size
        self._tempdir = tempdir
        self._sections = []
        self._closed = False

    @property
    def size(self):
        """Bytes that are taken."""
        return sum(section.used for section in self._sections)

    @property
    def sections(self):
        return len(self._sections)

    def _open(self):
        if self._closed:
            raise ClosedError("the pool is closed")

    def _add_section(self, least):
        start = self._sections[-1].start + self._sections[-1].size if self._sections else 0
        size = max(self._section_size, -(-least // mmap.PAGESIZE) * mmap.PAGESIZE)
        section = _Section(start, size, self._tempdir)
        self._sections.append(section)
        return section

    def pack(self, schema, obj):
        """Packs the object; returns its position, and a proxy of it."""
        self._open()
        section = self._sections[-1] if self._sections else self._add_section(0)
        at = -(-section.used // schema.alignment) * schema.alignment
        try:
            end = schema.pack_into(obj, section.buffer, at, section.idmap)
        except ValueError:
            needed = len(schema.pack(obj)) + schema.alignment
            if at + needed <= section.size:
                raise
            section.idmap.clear()
            section = self._add_section(needed)
            at = 0
            end = schema.pack_into(obj, section.buffer, at, section.idmap)
        section.used = end
        return section.start + at, schema.unpack_from(section.space, at)

    def unpack(self, schema, position, proxy_into=None):
        """A proxy of the object that was packed to the position."""
        self._open()
        for section in self._sections:
            if section.start <= position < section.start + section.used:
                return schema.unpack_from(section.space, position - section.start,
                                          proxy_into=proxy_into)
        raise IndexError(f"nothing was packed to position {position}")

    def clear_idmaps(self):
        """Forgets what was packed, so that those objects need not stay alive."""
        for section in self._sections:
            section.idmap.clear()

    def close(self):
        """Frees all of it; BufferError while proxies still refer to it."""
        for section in self._sections:
            section.space.close()
            section.buffer.close()
        self._sections = []
        self._closed = True

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()
