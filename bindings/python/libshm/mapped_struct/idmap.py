"""Maps from objects to where they were packed."""


class StrongIdMap(dict):
    """An idmap that also keeps alive whatever is linked to it.

    Packing keeps every object that it stores in an idmap alive by itself, in plain dicts, too: an
    ``id()`` cannot come to mean another object.  ``link`` is for keys of your own.
    """

    def __init__(self, *args, **keywords):
        super().__init__(*args, **keywords)
        self._linked = {}

    def link(self, key, obj):
        """Keeps the object alive as long as the key is there, or until the map is cleared."""
        self._linked[key] = obj

    def link_preserve(self, obj):
        """Keeps the object alive until the map is cleared; returns its id."""
        self._linked[id(obj)] = obj
        return id(obj)

    def unlink(self, key):
        self._linked.pop(key, None)

    def __delitem__(self, key):
        super().__delitem__(key)
        self._linked.pop(key, None)

    def pop(self, key, *default):
        self._linked.pop(key, None)
        return super().pop(key, *default)

    def clear(self):
        super().clear()
        self._linked.clear()
