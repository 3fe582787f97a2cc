"""Keep a built city on disk under the hash of what it was made from; notice damage."""

import hashlib
import json
import os
import re
import shutil
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import platformdirs

from sim.errors import RunError
from sim.parameters.commutes import travel_decay_rates

SIM = Path(__file__).resolve().parents[1]
CHECKSUMS = "checksums.json"
LAYOUT = 1
"""Number of the layout of the folder; raise it when files are named or ordered otherwise."""
LOCK_STALE_SECONDS = 900.0
TABLES = (
    "census_age_sex census_districts census_housing census_long_form districts education employed_residents "
    "hospitals household_size housing institutions markets_more non_local non_local_ages rail_lines "
    "rail_stations zone_geometry zone_neighbours zones"
).split()
"""The packaged tables that the city is made from."""
CHUNK = 1 << 24
KEPT = 3
"""Cities kept, of the tables and code of today and the two used last before; each takes about 1 GB."""
_DIGEST = re.compile(r"[0-9a-f]{24}")


def cache_root() -> Path:
    """Return the folder that holds built cities."""
    return Path(platformdirs.user_cache_path("shujie")) / "base"


def content_digest() -> str:
    """Return the hash of tables, base-year parameters and code that make the city."""
    digest = hashlib.sha256(f"layout {LAYOUT}; numpy {np.__version__}".encode())
    files = [
        *(SIM / "data" / "tables" / f"{name}.csv" for name in TABLES),
        *sorted(p for p in (SIM / "synthesis").iterdir() if p.suffix in (".py", ".yaml")),
        SIM / "parameters" / "base_year.yaml",
        SIM / "parameters" / "network.yaml",
        *(SIM / "city" / f"{name}.py" for name in ("zones", "geometry", "network", "travel_graph")),
        SIM / "codes.py",
        SIM / "parameters" / "commutes.py",
        SIM / "kernels" / "philox.py",
    ]
    for path in files:
        if path.is_file():
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    digest.update(travel_decay_rates().tobytes())
    return digest.hexdigest()[:24]


def checksum(path: Path) -> int:
    """Return the CRC-32 of a file, read in pieces."""
    value = 0
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            value = zlib.crc32(piece, value)
    return value


def write_checksums(folder: Path) -> None:
    """Write size and checksum of every file of a folder; the last thing that makes a city complete."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != CHECKSUMS)
    with ThreadPoolExecutor(2) as pool:
        sums = list(pool.map(checksum, files))
    content = {
        p.relative_to(folder).as_posix(): {"bytes": p.stat().st_size, "crc32": c}
        for p, c in zip(files, sums, strict=True)
    }
    (folder / CHECKSUMS).write_text(json.dumps(content, indent=1))


def is_whole(folder: Path) -> bool:
    """Say whether every file of a city has the size and the checksum it was written with."""
    try:
        content = json.loads((folder / CHECKSUMS).read_text())
        paths = [folder / name for name in content]
        if not content or any(
            p.stat().st_size != content[n]["bytes"] for n, p in zip(content, paths, strict=True)
        ):
            return False
        with ThreadPoolExecutor(2) as pool:
            sums = list(pool.map(checksum, paths))
        return all(content[n]["crc32"] == c for n, c in zip(content, sums, strict=True))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def ensure(folder: Path, make: Callable[[Path], None]) -> Path:
    """Return a whole folder, making it when it is absent or damaged.

    Parameters
    ----------
    folder
        Where it belongs.
    make
        Fills an empty folder. It works in a folder beside the right one that is renamed when complete, so a
        stopped build leaves nothing that looks finished; a lock lets one process build while others wait.
    """
    if is_whole(folder):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _lock(folder):
            if is_whole(folder):
                return folder
            fresh = folder.with_name(f"{folder.name}.{os.getpid()}.tmp")
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(parents=True)
            try:
                make(fresh)
                write_checksums(fresh)
                shutil.rmtree(folder, ignore_errors=True)
                fresh.rename(folder)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise RunError(f"the base-year city cannot be kept in {folder}: {error}") from error
    return folder


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Hold a lock file beside a folder; one older than a quarter of an hour is abandoned."""
    path = folder.with_name(f"{folder.name}.lock")
    while True:
        try:
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
            os.write(handle, str(os.getpid()).encode())
            os.close(handle)
            break
        except FileExistsError:
            if _abandoned(path):
                path.unlink(missing_ok=True)
            else:
                time.sleep(0.2)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _abandoned(path: Path) -> bool:
    """Say whether the process that holds a lock is gone, or holds it for too long."""
    try:
        old = time.time() - path.stat().st_mtime > LOCK_STALE_SECONDS
        owner = int(path.read_text() or "0")
    except (OSError, ValueError):
        return False
    return old or (owner > 0 and not _is_alive(owner))


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def make_room(folder: Path) -> None:
    """Mark the folder of a city as used now, and when it is new remove the cities not used for longest.

    Parameters
    ----------
    folder
        Named by its content digest; of the others beside it the `KEPT` - 1 used last stay. Folders of any
        other name, and those in which a process is building, stay too.
    """
    try:
        if not folder.exists():
            cities = [p for p in folder.parent.glob("*") if _DIGEST.fullmatch(p.name) and p.is_dir()]
            cities.sort(key=lambda p: p.stat().st_mtime, reverse=True)
            for city in cities[KEPT - 1 :]:
                _remove(city)
            folder.mkdir(parents=True, exist_ok=True)
        os.utime(folder)
    except OSError:
        # A cache that cannot be tidied may still be read; one that cannot be written is named when needed.
        return


def _remove(city: Path) -> None:
    """Remove a city unless a process is building in it.

    Another process may have its columns memory-mapped. On Linux and macOS that is safe: the pages stay until
    the last map is closed. Windows refuses the renaming, and the city stays.
    """
    if any(not _abandoned(lock) for lock in city.glob("*.lock")):
        return
    gone = city.with_name(f"{city.name}.{os.getpid()}.tmp")
    try:
        city.rename(gone)
    except OSError:
        return
    shutil.rmtree(gone, ignore_errors=True)


def save_columns(folder: Path, columns: dict[str, np.ndarray]) -> None:
    """Write columns as .npy files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in columns.items():
        np.save(folder / f"{name}.npy", np.ascontiguousarray(values))


def open_columns(folder: Path) -> dict[str, np.ndarray]:
    """Open all columns of a folder memory-mapped and read-only."""
    return {p.stem: np.load(p, mmap_mode="r") for p in sorted(folder.glob("*.npy"))}
