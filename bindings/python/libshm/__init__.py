"""Typed data shared between processes, read in place."""

from libshm._libshm import format_version, version

__version__ = version

__all__ = ["format_version", "version"]
