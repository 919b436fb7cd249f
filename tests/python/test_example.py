"""The example and the bench do what they say, in small; the example under every start method."""

import os
import pathlib
import subprocess
import sys

import pytest

EXAMPLE = pathlib.Path(__file__).parent.parent.parent / "examples" / "python" / "packages_pool.py"


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_packages_pool(method, tmp_path):
    done = subprocess.run(
        [sys.executable, EXAMPLE, "--made-up", "300", "--workers", "2", "--method", method, "--image", tmp_path / "p.img"],
        capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("300 packages, an image of ")
    image, private = lines[3].split(), lines[4].split()
    assert image[:2] == ["one", "image"] and int(image[2].replace(",", "")) < 500
    assert int(private[4].replace(",", "")) > 50_000
    assert lines[-1].endswith("packages in a closure on average")
    assert os.listdir(tmp_path) == ["p.img"]


def test_what_the_example_takes_apart():
    sys.path.insert(0, os.fspath(EXAMPLE.parent))
    try:
        from packages_pool import dependencies, package
    finally:
        sys.path.pop(0)
    assert dependencies("libc6 (>= 2.36), a:any | b [amd64] (<< 3~)") == [
        {"alternatives": [{"name": "libc6", "relation": "at_least", "version": "2.36"}]},
        {"alternatives": [{"name": "a", "relation": None, "version": ""}, {"name": "b", "relation": "earlier", "version": "3~"}]}]
    row = package({"Package": "p", "Provides": "x (= 1), y", "Depends": "q"})
    assert row["provides"] == {"x", "y"} and row["needs"] == {"q"} and row["installed_kib"] is None


def test_the_bench_runs(tmp_path):
    bench = EXAMPLE.parent.parent.parent / "bench" / "python" / "bench_images.py"
    done = subprocess.run([sys.executable, bench, "--keys", "20000", "--rows", "3000", "--folder", tmp_path],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for told in ("img.by_id[key]", "row.name", "get_many, 20,000 random", "numpy.searchsorted", "in two threads"):
        assert told.replace("numpy.", "np.") in done.stdout
    assert list(tmp_path.iterdir()) == []
