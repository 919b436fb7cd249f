"""The stubs are those of the package, and say what type checkers should know."""

import ast
import os
import pathlib
import subprocess
import sys

import libshm

from conftest import SCHEMA

HERE = pathlib.Path(__file__).parent


def run(*arguments, **options):
    package = pathlib.Path(libshm.__file__).parent.parent
    environment = dict(os.environ, MYPYPATH=os.fspath(package), PYTHONPATH=os.fspath(package))
    return subprocess.run([sys.executable, "-m", *arguments], capture_output=True, text=True, env=environment, **options)


def test_stubtest(tmp_path):
    done = run("mypy.stubtest", "libshm", "--concise", "--ignore-unused-allowlist", "--allowlist",
               os.fspath(HERE / "stubtest-allowlist"), cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_package_is_typed():
    assert (pathlib.Path(libshm.__file__).parent / "py.typed").exists()


def test_a_program_is_checked(tmp_path):
    program = tmp_path / "program.py"
    program.write_text("""
import libshm
with libshm.open("x.img", verify="always") as img:
    reveal_type(img)
    reveal_type(img.cities[0])
reveal_type(libshm.CorruptError("x"))
libshm.build("schema", "x.img", {"rows": [1]}, memory="1M", progress=lambda phase, done, total: True)
libshm.open("x.img", verify="sometimes")
libshm.build("schema", 5, {})
""")
    done = run("mypy", "--strict", os.fspath(program), cwd=tmp_path)
    lines = done.stdout.splitlines()
    assert any('program.py:4: note: Revealed type is "libshm._libshm.Image"' in line for line in lines), done.stdout
    assert any('program.py:6: note: Revealed type is "libshm.errors.CorruptError"' in line for line in lines)
    assert sum(": error: " in line for line in lines) == 2
    assert any("program.py:8: error" in line for line in lines) and any("program.py:9: error" in line for line in lines)


def test_the_stub_of_a_schema(tmp_path):
    """What shmc writes for a schema types its images, and is true of them."""
    (tmp_path / "geo.shm").write_text(SCHEMA)
    subprocess.run([pathlib.Path(os.environ["SHM_BUILD"], "bin", "shmc"), "geo.shm", "--lang", "python"], check=True, cwd=tmp_path)
    (tmp_path / "program.py").write_text("""
from typing import TYPE_CHECKING, cast
import libshm
if TYPE_CHECKING:
    import geo
img = cast("geo.Geo", libshm.open("x.img"))
reveal_type(img.by_id[3].population)
reveal_type(img.by_tag["x"][0].kind)
reveal_type(img.timezones.get("x"))
reveal_type([row.names["x"] for row in img.in_order["a":"b"]])
reveal_type(img.cities[2:5][0].climate)
img.by_id["x"]
""")
    done = run("mypy", "--strict", "program.py", cwd=tmp_path)
    revealed = [line.split('"')[1] for line in done.stdout.splitlines() if "Revealed type" in line]
    assert revealed == ["int | None", "geo.Kind", "str | None", "list[str]", "geo.Climate | None"], done.stdout
    errors = [line for line in done.stdout.splitlines() if ": error: " in line]
    assert len(errors) == 1 and "program.py:12: error: Invalid index type" in errors[0]


def test_the_stub_names_what_images_have(geo, tmp_path):
    (tmp_path / "geo.shm").write_text(SCHEMA)
    subprocess.run([pathlib.Path(os.environ["SHM_BUILD"], "bin", "shmc"), "geo.shm", "--lang", "python"], check=True, cwd=tmp_path)
    module = ast.parse((tmp_path / "geo.pyi").read_text())
    classes = {each.name: each for each in module.body if isinstance(each, ast.ClassDef)}
    for name, value in {"City": geo.cities[1], "Climate": geo.cities[1].climate, "Point": geo.cities[1].where, "Geo": geo}.items():
        properties = [each for each in classes[name].body if isinstance(each, ast.FunctionDef)]
        assert properties
        for each in properties:
            told, found = ast.unparse(each.returns), type(getattr(value, each.name)).__name__
            if told.startswith("_") and "[" in told and "tuple" not in told:
                assert told[1:].split("[")[0] == found
