import libshm


def test_version():
    assert libshm.__version__ == libshm.version
    assert libshm.version.count(".") == 2
    assert libshm.format_version.count(".") == 1
