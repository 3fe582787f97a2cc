"""Numba kernels: arrays in, arrays out; they know neither names nor policy.

Numba keeps compiled code beside its source and compiles again when that file changes, but not when another
file changes whose functions it took in. So everything compiled is dropped when any file of this folder has
changed.
"""

import hashlib
from pathlib import Path

STAMP = "kernels.sha256"


def drop_stale_code(folder: Path) -> bool:
    """Drop a folder's compiled code unless it was made from the sources as they are; say whether it was."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    kept = folder / "__pycache__"
    stamp = kept / STAMP
    if stamp.is_file() and stamp.read_text(encoding="ascii") == digest.hexdigest():
        return False
    try:
        for path in kept.glob("*.nb[ic]"):
            path.unlink(missing_ok=True)
        kept.mkdir(exist_ok=True)
        stamp.write_text(digest.hexdigest(), encoding="ascii")
    except OSError:
        return False  # a folder that cannot be written holds no compiled code either
    return True


drop_stale_code(Path(__file__).parent)
