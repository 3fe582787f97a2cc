"""Check that the built wheel carries everything and runs without the checkout."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEFT_OUT = {"__pycache__"}

pytestmark = pytest.mark.slow


def run(command: list[str], **options) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Build the wheel from a copy, so that the checkout stays as it is."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source with a space"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, source / name)
    for package in ("sim", "calibration"):
        if (ROOT / package).is_dir():
            shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    run(
        [
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "--outdir",
            str(folder / "dist"),
            str(source),
        ]
    )
    (built,) = (folder / "dist").glob("shujie-*.whl")
    return built


@pytest.fixture(scope="module")
def elsewhere(wheel, tmp_path_factory) -> tuple[Path, dict[str, str]]:
    """Make a new environment that holds the wheel and, by path only, the libraries of this one."""
    folder = tmp_path_factory.mktemp("elsewhere with a space")
    run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")])
    python = folder / "venv" / "bin" / "python"
    run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(python),
            "install",
            "--no-deps",
            "--no-index",
            str(wheel),
        ]
    )
    site = run([str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).strip()
    # A path line adds the folder but not the path files in it: an editable install of the checkout stays out.
    (Path(site) / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    home = folder / "home"
    home.mkdir()
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "XDG"))}
    return folder, {**environment, "HOME": str(home)}


def test_every_file_of_the_packages_is_in_the_wheel(wheel):
    with zipfile.ZipFile(wheel) as archive:
        carried = set(archive.namelist())
    wanted = {
        path.relative_to(ROOT).as_posix()
        for package in ("sim", "calibration")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and not LEFT_OUT & set(path.parts) and path.suffix != ".pyc"
    }
    assert not wanted - carried
    tops = {name.split("/")[0] for name in carried if ".dist-info/" not in name}
    assert tops <= {"sim", "calibration"}


def test_the_installed_command_runs_from_any_folder(elsewhere):
    folder, environment = elsewhere
    command = [str(folder / "venv" / "bin" / "shujie"), "scenarios", "--json"]
    listed = json.loads(run(command, cwd=folder / "home", env=environment))
    assert set(listed) == {"meta", "rows"}
    assert len(listed["rows"]) >= 5


def test_the_installed_package_is_the_one_of_the_wheel(elsewhere):
    folder, environment = elsewhere
    code = "import sim, sys; from sim import Scenario; print(sim.__file__); Scenario.load('no-measures')"
    found = run([str(folder / "venv" / "bin" / "python"), "-c", code], cwd=folder / "home", env=environment)
    assert Path(found.strip()).is_relative_to(folder)
