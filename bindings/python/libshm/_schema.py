"""Schemas from classes: __slot_types__ names the type of each attribute."""

import datetime as _datetime
import decimal as _decimal
import enum as _enum
import types as _types
import typing as _typing
import uuid as _uuid

_PLAIN = {
    bool: "bool",
    int: "i64",
    float: "f64",
    str: "string",
    bytes: "bytes",
    bytearray: "bytes",
    _datetime.date: "date",
    _datetime.datetime: "datetime",
    _decimal.Decimal: "decimal",
    _uuid.UUID: "uuid",
    object: "any",
    _typing.Any: "any",
    list: "any",
    tuple: "any",
    set: "any",
    frozenset: "any",
    dict: "any",
}


class _Writer:
    def __init__(self):
        self.texts = []
        self.names = {}  # class: its name in the schema

    def type_of(self, python):
        """The schema's notation of a Python type; texts are in it already."""
        if isinstance(python, str):
            return python
        origin, arguments = _typing.get_origin(python), _typing.get_args(python)
        if origin in (_typing.Union, _types.UnionType):
            inner = [each for each in arguments if each is not type(None)]
            if len(inner) == 1:
                return self.type_of(inner[0])
        elif origin is list:
            return f"[{self.type_of(arguments[0])}]"
        elif origin in (set, frozenset):
            return f"{{{self.type_of(arguments[0])}}}"
        elif origin is dict:
            return f"{{{self.type_of(arguments[0])}: {self.type_of(arguments[1])}}}"
        elif origin is tuple:
            if len(arguments) == 2 and arguments[1] is ...:
                return f"[{self.type_of(arguments[0])}]"
            return f"({', '.join(map(self.type_of, arguments))})"
        elif python in _PLAIN:
            return _PLAIN[python]
        elif isinstance(python, type) and issubclass(python, _enum.Enum):
            return self.enum(python)
        elif hasattr(python, "__slot_types__"):
            return self.record(python)
        raise TypeError(f"no type of a schema stands for {python!r}")

    def name(self, python):
        base = python.__name__
        name, number = base, 2
        while name in self.names.values():
            name, number = f"{base}{number}", number + 1
        self.names[python] = name
        return name

    def enum(self, python):
        if python not in self.names:
            values = ", ".join(f"{each.name} = {int(each.value)}" for each in python)
            self.texts.append(f"enum {self.name(python)} : i64 {{ {values} }}")
        return self.names[python]

    def record(self, python):
        if python not in self.names:
            name = self.name(python)
            fields = [f"  {field}: {self.type_of(type)}??;" for field, type in python.__slot_types__.items()]
            self.texts.append("\n".join([f"record {name} {{", *fields, "}"]))
        return self.names[python]


def schema_of(collections):
    """The text of a schema with a table for each class in {collection name: class}.

    A class names the types of its attributes in `__slot_types__`: int, float, str, list[int], another such
    class, or the notation of a schema ("u32").  Attributes may be missing, None or given.
    """
    writer = _Writer()
    tables = []
    for name, python in collections.items():
        if not hasattr(python, "__slot_types__"):
            raise TypeError(f"{name}: {python!r} has no __slot_types__")
        tables.append(f"  {name}: array<{writer.record(python)}>;")
    return "\n".join([*writer.texts, "dataset Data {", *tables, "}", ""])
