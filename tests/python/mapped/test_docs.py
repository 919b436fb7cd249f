"""What the documentation shows is what happens."""

import pathlib
import re

from libshm import mapped_struct

DOCS = pathlib.Path(__file__).parents[3] / "docs" / "mapped_struct.md"


def test_the_example(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.S)

    def cities():
        for i, name in enumerate(("Bern", "Biel")):
            city = scope["City"]()
            city.name, city.population, city.tags, city.extra = name, i, {"x"}, [i]
            yield city

    scope = {"cities": cities}
    exec(example, scope)
    assert scope["by_name"]["Biel"].population == 1 and scope["by_name"]["Bern"].extra == [0]


def test_every_name_it_tells_exists():
    told = set(re.findall(r"\b(?:mapped|proxied)_\w+|\b\w+(?:Mapper|ProxyBase)\b", DOCS.read_text()))
    told -= {"mapped_struct", "mapped_", "IdMapper"}
    assert len(told) > 20
    for name in told:
        assert name in mapped_struct.__all__, name
