"""Call the command in this process and look at both streams."""

import functools
import json
from pathlib import Path

import pytest

from sim.cli import main
from tests.fixtures.demo_store import make_demo_store


class Called:
    """Hold what a command left: status and what it wrote."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    @property
    def document(self):
        """Return the one JSON document."""
        loaded = json.loads(self.out)
        assert list(loaded) == ["meta", "rows"]
        return loaded


@pytest.fixture
def shujie(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def call(*words: object) -> Called:
        capsys.readouterr()
        status = main([str(word) for word in words])
        return Called(status, *capsys.readouterr())

    return call


@pytest.fixture(scope="session")
def store(tmp_path_factory) -> Path:
    return make_demo_store(tmp_path_factory.mktemp("store") / "demo", replications=2)


@pytest.fixture
def invented_model(monkeypatch):
    """Let `shujie run` use invented tables, so that the command is tested and not the city."""
    from sim.scenarios import batch

    quick = functools.partial(batch.run_batch, model="tests.fixtures.fake_model:FakeModel")
    monkeypatch.setattr(batch, "run_batch", quick)
