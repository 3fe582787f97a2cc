"""Check the shape of the checkout: depth, size of files, and what no file may say."""

import re
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST = 400
DEEPEST = 2

# Written in pieces, so that this file does not hold what it looks for.
ADDRESSES = tuple(
    "".join(parts)
    for parts in (
        ("pypi", r"\.org"),
        ("python", "hosted"),
        ("npmjs", r"\."),
        ("conda", r"\.anaconda"),
        ("/opt/", "wheels"),
        ("/opt/", "pypi"),
        (r"(?<![\w.])/work", "/"),
        (r"\.\./", "shared"),
        ("/ro", "ot/"),
        ("--extra-", "index-url "),
        ("--index", "-url "),
    )
)


@cache
def tracked_files() -> tuple[Path, ...]:
    """Return every file of the checkout that belongs to the project."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return tuple(path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file())
    kept = (path for path in ROOT.rglob("*") if path.is_file())
    return tuple(path for path in kept if not {".git", ".venv", "runs"} & set(path.relative_to(ROOT).parts))


def text_of(path: Path) -> str:
    """Return a file as text; a binary file has none."""
    raw = path.read_bytes()
    return "" if b"\0" in raw[:8192] else raw.decode("utf-8")


def test_no_file_names_a_package_registry_or_a_place_on_somebodys_machine():
    pattern = re.compile("|".join(ADDRESSES))
    found = {
        f"{path.relative_to(ROOT)}:{number}": line.strip()[:120]
        for path in tracked_files()
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if pattern.search(line)
    }
    assert not found


def test_the_lock_holds_hashes_and_no_address():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    blocks = re.findall(r"^[a-z0-9][^\n]*==(?:[^\n]*\\\n)+[^\n]*", lock, flags=re.MULTILINE)
    pins = re.findall(r"^[a-z0-9][^\n]*==", lock, flags=re.MULTILINE)
    assert len(pins) > 30
    assert len(blocks) == len(pins)
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_lock_covers_what_the_project_needs():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[><=~!\[; ]", line)[0].lower().replace(".", "-").replace("_", "-") for line in wanted}
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not {name for name in names if not re.search(rf"^{re.escape(name)}==", lock, flags=re.MULTILINE)}


def test_two_levels_under_sim_never_three():
    deep = [
        str(path.relative_to(ROOT))
        for path in tracked_files()
        if path.is_relative_to(ROOT / "sim") and len(path.relative_to(ROOT / "sim").parts) - 1 > DEEPEST
    ]
    assert not deep


def test_no_python_file_is_two_files():
    long = {
        str(path.relative_to(ROOT)): length
        for path in tracked_files()
        if path.suffix == ".py" and (length := len(text_of(path).splitlines())) > LONGEST
    }
    assert not long


def test_every_package_says_what_it_is():
    silent = [
        str(path.relative_to(ROOT))
        for path in tracked_files()
        if path.name == "__init__.py"
        and path.relative_to(ROOT).parts[0] in {"sim", "calibration"}
        and not text_of(path).lstrip().startswith(('"""', "r" + '"""'))
    ]
    assert not silent


def test_nothing_is_left_to_do_in_the_code():
    pattern = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked_files()
        if path.suffix in {".py", ".yaml", ".toml", ".md"} or path.name == "Makefile"
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found
