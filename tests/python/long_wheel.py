"""`pip install .` from a checkout: a wheel for every Python from 3.11 on that is typed and needs nothing."""

import os
import pathlib
import subprocess
import sys
import zipfile

import pytest

SOURCE = pathlib.Path(os.environ["SHM_SOURCE"])

PROGRAM = """
import libshm, sys
assert "numpy" not in sys.modules
libshm.build("record R { a: u32; } dataset D { rows: array<R>; by_a: index rows by a; }", "x.img", {"rows": [(7,)]})
assert libshm.open("x.img").by_a[7].a == 7
print(libshm.__file__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, SOURCE], check=True)
    (found,) = folder.glob("*.whl")
    return found


def test_what_the_wheel_holds(wheel):
    assert "-cp311-abi3-linux" in wheel.name
    names = zipfile.ZipFile(wheel).namelist()
    for name in ("__init__.py", "__init__.pyi", "_libshm.pyi", "py.typed", "_libshm.abi3.so", "errors.py"):
        assert f"libshm/{name}" in names
    assert all(name.startswith(("libshm/", "libshm-")) for name in names)
    metadata = zipfile.ZipFile(wheel).read(next(name for name in names if name.endswith("METADATA"))).decode()
    required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist")]
    assert all("extra ==" in line for line in required)


@pytest.mark.parametrize("python", [sys.executable, "/usr/bin/python3"])
def test_an_installation(wheel, python, tmp_path):
    subprocess.run([python, "-m", "venv", tmp_path / "venv"], check=True)
    run = tmp_path / "venv/bin/python"
    subprocess.run([run, "-m", "pip", "install", "--quiet", "--no-index", wheel], check=True)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([run, "-c", PROGRAM], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(os.fspath(tmp_path))
