"""Say what a result was made with: checksums of code, data, policy and parameters, and versions."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]

_NO_EFFECT = (
    "report",
    "app",
)  # pages and pictures change no result, so editing them does not outdate a store
_PACKAGES = ("mesa", "numpy", "numba", "scipy", "networkx", "pandas", "pyarrow", "duckdb")


@cache
def digests() -> dict[str, str]:
    """Return the SHA-256 of the code, data, policy and parameters that decide a result."""
    return {
        "code": _digest(path for path in _files(".py") if not _without_effect(path)),
        "data": _digest(_under("data", except_suffix=".py")),
        "policy": _digest([*_under("policy", suffix=".yaml"), *_under("scenarios", suffix=".yaml")]),
        "parameters": _digest(_under("parameters", suffix=".yaml")),
    }


def changed_since(made_with: Mapping[str, str]) -> list[str]:
    """Return which of code, data, policy and parameters are not those that something was made with."""
    return [name for name, now in digests().items() if made_with.get(name) != now]


@cache
def versions() -> dict[str, str]:
    """Return the versions of Python, of this project and of the libraries that compute."""
    found = {"python": platform.python_version(), "shujie": project_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def project_version() -> str:
    """Return the version of this project."""
    try:
        return version("shujie")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0+checkout"


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _digest(paths: Iterator[Path] | list[Path]) -> str:
    total = hashlib.sha256()
    for path in sorted(paths, key=lambda item: item.relative_to(PACKAGE).as_posix()):
        total.update(f"{path.relative_to(PACKAGE).as_posix()}\0{file_digest(path)}\n".encode())
    return total.hexdigest()


def _files(suffix: str) -> Iterator[Path]:
    return (path for path in PACKAGE.rglob(f"*{suffix}") if path.is_file())


def _without_effect(path: Path) -> bool:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] in _NO_EFFECT or parts[0].startswith("cli")


def _under(folder: str, *, suffix: str = "", except_suffix: str = "\0") -> Iterator[Path]:
    for path in (PACKAGE / folder).rglob(f"*{suffix}"):
        hidden = path.suffix in {except_suffix, ".pyc"} or path.name.startswith(".")
        if path.is_file() and not hidden:
            yield path
