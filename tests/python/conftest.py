"""What the tests of the Python package share, and the line of counts that tests/case reads."""


def pytest_unconfigure(config):
    reporter = config.pluginmanager.getplugin("terminalreporter")
    if reporter is None:
        return
    counts = {name: len(reports) for name, reports in reporter.stats.items() if name}
    failed = counts.get("failed", 0) + counts.get("error", 0)
    print(f"\n{counts.get('passed', 0)} passed, {failed} failed, {counts.get('skipped', 0)} skipped")
