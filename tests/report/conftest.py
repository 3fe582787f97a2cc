"""Share one invented store and its pages among the tests of the page."""

import pytest

from sim.report.content import gather
from sim.report.html import render
from sim.report.words import Words
from sim.scenarios.store import load_results
from tests.fixtures.demo_store import make_demo_store


@pytest.fixture(scope="session")
def content(tmp_path_factory):
    store = make_demo_store(tmp_path_factory.mktemp("store") / "demo", replications=3)
    return gather(load_results(store))


@pytest.fixture(scope="session", params=["en", "zh"])
def page(request, content):
    return render(content, Words(request.param))


@pytest.fixture(scope="session")
def english(content):
    return render(content, Words("en"))
