"""Schemas: what attributes the objects of a class have, and of what types."""

from libshm._libshm import mapped as _mapped
from libshm.mapped_struct import _values


class BufferProxyObject(_mapped.Record):
    """The base of the classes of records."""

    __slots__ = ()

    def __repr__(self):
        schema = self.__layout__
        shown = []
        for name in schema.slot_keys:
            try:
                shown.append(f"{name}={getattr(self, name)!r}")
            except AttributeError:
                pass
        return f"{type(self).__name__}({', '.join(shown)})"

    def __reduce_ex__(self, protocol):
        if self._offset is None:
            raise TypeError("a proxy that is pointed nowhere cannot be pickled")
        schema = self.__layout__
        return _unpack, (schema, bytes(schema.pack(self)))

    def __copy__(self):
        return _unpack(self.__layout__, bytes(self.__layout__.pack(self)))

    def __deepcopy__(self, memo):
        return self.__copy__()


def _unpack(schema, packed):
    return schema.unpack(packed)


def _resolve(name, slot_type):
    """(type as it is stored, its spec)"""
    if isinstance(slot_type, Schema):
        return slot_type, (12, 1 << 31, True, slot_type, None, None)
    known = _values.name_of_type(slot_type)
    if known is not None:
        return known, _values.SPECS[known]
    schema = None
    if isinstance(slot_type, type):
        schema = _mapped.registered(slot_type)
        if schema is None:
            schema = getattr(slot_type, "__schema__", None)
    if isinstance(schema, Schema):
        return schema, (12, 1 << 31, True, schema, None, None)
    raise TypeError(
        f"attribute {name!r}: {slot_type!r} is no type of attributes: register the class with "
        "mapped_object.register_schema, or use object"
    )


def _checked_name(name):
    if not isinstance(name, str):
        raise TypeError(f"the name of an attribute is a str, not {name!r}")
    if not name.isidentifier() or (name.startswith("__") and name.endswith("__")):
        raise ValueError(f"{name!r} cannot be the name of an attribute")
    if name == "_offset":
        raise ValueError("the name _offset is taken")
    return name


def _checked_size(name, value, least):
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is a number of bytes, not {value!r}")
    if not least <= value < 1 << 62:
        raise ValueError(f"{name} cannot be {value}")
    return value


def _ordered(slot_types, slot_keys):
    if not hasattr(slot_types, "keys"):
        raise TypeError(f"slot_types is a dict of names and types, not {type(slot_types)!r}")
    if slot_keys is None:
        return tuple(slot_types)
    keys = tuple(slot_keys)
    if len(set(keys)) != len(keys) or set(keys) != set(slot_types):
        raise ValueError("slot_keys must hold every name of slot_types once")
    return keys


class Schema(_mapped.Layout):
    """Where the attributes of objects stand when they are packed.

    ``slot_types`` maps names to types; ``slot_keys`` gives their order, else it is that of
    ``slot_types``.  Packed objects stand at multiples of ``alignment`` bytes.  ``version`` (numbers,
    texts, lists of them) is stored in files; ``user_data`` is yours, and is not.
    """

    def __init__(self, slot_types, alignment=8, pack_buffer_size=65536, max_pack_buffer_size=None,
                 slot_keys=None, version=None, user_data=None, pre_write_hook=None,
                 post_write_hook=None, proxy_bases=(), name="Proxy"):
        keys = _ordered(slot_types, slot_keys)
        if alignment not in (8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096):
            raise ValueError(f"alignment is a power of two from 8 to 4096, not {alignment!r}")
        self.slot_types = {_checked_name(key): slot_types[key] for key in keys}
        self.slot_keys = keys
        self.alignment = alignment
        self.version = version
        self.user_data = user_data
        self._name = name
        self._hooks = (pre_write_hook, post_write_hook)
        self._sizes = (_checked_size("pack_buffer_size", pack_buffer_size, 1),
                       _checked_size("max_pack_buffer_size", max_pack_buffer_size, 1))
        resolved = [_resolve(key, slot_types[key]) for key in keys]
        self._stored_types = tuple(stored for stored, spec in resolved)
        self._lay_out(tuple((key, *spec) for key, (stored, spec) in zip(keys, resolved)),
                      alignment, *self._sizes)
        self._set_hooks(*self._hooks)
        self.set_proxy_bases(proxy_bases)

    @classmethod
    def from_typed_slots(cls, struct_class, **options):
        """The Schema of a class with ``__slot_types__`` (its bases' come first), or of a dict."""
        if hasattr(struct_class, "keys"):
            return cls(struct_class, **options)
        if not isinstance(struct_class, type) or not hasattr(struct_class, "__slot_types__"):
            raise TypeError(f"{struct_class!r} is no class with __slot_types__")
        slot_types = {}
        for base in reversed(struct_class.__mro__):
            slot_types.update(vars(base).get("__slot_types__", ()))
        options.setdefault("name", f"{struct_class.__name__}Proxy")
        return cls(slot_types, **options)

    # ---- what it is ----

    def set_proxy_bases(self, bases):
        """Records are from now on of a new class, that derives from these classes, too."""
        bases = tuple(bases)
        for base in bases:
            if not isinstance(base, type):
                raise TypeError(f"{base!r} is no class")
        made = type(self._name, (*bases, BufferProxyObject), {"__slots__": ()})
        self._proxy_bases = bases
        self._record_class(made)

    def set_hooks(self, pre_write_hook=None, post_write_hook=None):
        """``pre_write_hook(obj)`` is called before an object is packed, and may return another
        one to pack in its place; ``post_write_hook(obj, offset, size)`` after it."""
        self._hooks = (pre_write_hook, post_write_hook)
        self._set_hooks(*self._hooks)

    def set_pack_buffer_size(self, size):
        """The room that packing begins with."""
        self._sizes = (_checked_size("pack_buffer_size", size, 1), self._sizes[1])
        self._set_pack_bytes(*self._sizes)

    @property
    def pack_buffer_size(self):
        return self._sizes[0]

    @property
    def max_pack_buffer_size(self):
        return self._sizes[1] or None

    def compatible(self, other):
        """Whether each reads what the other packs: the same attributes, of the same types, in the
        same order."""
        return (
            isinstance(other, Schema)
            and self.slot_keys == other.slot_keys
            and self.alignment == other.alignment
            and all(map(_same_type, self._stored_types, other._stored_types))
        )

    def _of_other_types(self, other):
        """(name, type in the other, type) of what both have and differs."""
        types = dict(zip(other.slot_keys, other._stored_types))
        return [
            (key, types[key], mine)
            for key, mine in zip(self.slot_keys, self._stored_types)
            if key in types and not _same_type(mine, types[key])
        ]

    def __repr__(self):
        return f"<Schema of {', '.join(self.slot_keys)}>"

    def __reduce__(self):
        options = dict(
            alignment=self.alignment, pack_buffer_size=self._sizes[0],
            max_pack_buffer_size=self._sizes[1] or None, version=self.version,
            user_data=self.user_data, pre_write_hook=self._hooks[0],
            post_write_hook=self._hooks[1], proxy_bases=self._proxy_bases, name=self._name,
        )
        return _unpickle, (type(self), tuple(self.slot_types.items()), options, self.code)

    # ---- as data ----

    def describe(self):
        """What files store: nothing but names, numbers and lists."""
        slots = [
            [key, stored if isinstance(stored, str) else
             {"schema": stored.describe(), "code": stored.code}]
            for key, stored in zip(self.slot_keys, self._stored_types)
        ]
        return {"slots": slots, "alignment": self.alignment, "version": self.version}

    @classmethod
    def from_description(cls, described):
        """The Schema that ``describe`` described; ValueError if it is no description."""
        try:
            slots = [(str(key), _described_type(stored)) for key, stored in described["slots"]]
            if len(dict(slots)) != len(slots):
                raise ValueError("an attribute twice")
            return cls(dict(slots), alignment=described["alignment"],
                       version=described["version"])
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"no description of a Schema: {error}") from None

    # ---- packing ----

    def pack(self, obj, idmap=None):
        """The object as a bytearray.  What occurs in it twice is packed once; the idmap is for
        ``pack_into``, and ignored, as nothing outside the bytearray can be shared."""
        return self._pack(obj)

    def pack_into(self, obj, buf, offs=0, idmap=None):
        """Packs the object into a writable buffer; returns the offset where it ends.

        With an idmap (a dict, or a StrongIdMap), what the same buffer holds already is not packed
        again.  If it fails, the buffer is as it was."""
        if not isinstance(offs, int) or offs < 0:
            raise ValueError(f"an offset is a number from 0 on, not {offs!r}")
        return self._pack_into(obj, buf, offs, idmap)

    def unpack(self, buf, idmap=None, factory_class_new=None, proxy_into=None):
        """A proxy of the object at the buffer's beginning."""
        return self.unpack_from(buf, 0, idmap, factory_class_new, proxy_into)

    def unpack_from(self, buf, offs=0, idmap=None, factory_class_new=None, proxy_into=None):
        """A proxy of the object at the offset; nothing is copied.

        With ``proxy_into``, that proxy is pointed there; with ``factory_class_new``, what it makes
        of the class of proxies is.  With an idmap, equal places give the same objects."""
        if factory_class_new is not None and proxy_into is None:
            proxy_into = factory_class_new(self.Proxy)
        return self._unpack_from(_values.space_of(buf), offs, idmap, proxy_into)


def _unpickle(cls, slot_types, options, code=None):
    """The Schema that is registered with the code, if it is the same: its objects can be packed
    wherever any object can."""
    made = cls(dict(slot_types), **options)
    return _registered_as(made, code)


def _registered_as(schema, code):
    registered = None if code is None else _mapped.registered(code)
    return registered if registered is not None and registered.compatible(schema) else schema


def _same_type(mine, other):
    if isinstance(mine, str) or isinstance(other, str):
        return mine == other
    return mine is other or mine.compatible(other)


def _described_type(stored):
    """A type that a description names."""
    if isinstance(stored, str):
        if stored not in _values.SPECS:
            raise ValueError(f"there is no type {stored!r}")
        return _by_name(stored)
    schema = Schema.from_description(stored["schema"])
    code = stored["code"]
    return _registered_as(schema, code if isinstance(code, int) and 0 <= code <= 0xFF else None)


def _by_name(name):
    return bool if name == "bool" else getattr(_values, name)
