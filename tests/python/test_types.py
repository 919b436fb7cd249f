"""The stubs are those of the package, and say what type checkers should know."""

import os
import pathlib
import subprocess
import sys

import libshm

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
