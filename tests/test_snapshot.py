"""A model that is saved and loaded goes on as if it never stopped; a foreign or damaged one is refused."""

import json

import pytest

from sim import CityModel
from sim.errors import InputError
from sim.snapshot import ARRAYS, FACTS, STATE

SAMPLE, STOP, END = 0.002, "2011Q3", "2012Q1"


@pytest.fixture(scope="module")
def whole():
    """Return a run without a stop: its checksum, indicators and ledger."""
    model = CityModel("executed-2017-2020", sample=SAMPLE, rng=3, threads=1)
    model.run(until=END)
    return model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    model = CityModel("executed-2017-2020", sample=SAMPLE, rng=3, threads=1)
    model.run(until=STOP)
    return model.save(tmp_path_factory.mktemp("kept") / "snapshot")


@pytest.fixture(params=[0, 1 << 30], ids=["mapped", "read"])
def how(request, monkeypatch):
    """Let the arrays be mapped, as those of a large city are, or read."""
    monkeypatch.setattr("sim.snapshot.READ_UP_TO", request.param)


def test_a_loaded_model_goes_on_with_the_same_bits(whole, folder, how):
    model = CityModel.load(folder)
    assert model.quarter == STOP
    model.run(until=END)
    assert model.checksum() == whole.checksum()
    assert model.indicators().equals(whole.indicators())
    assert model.flows().equals(whole.flows())


def test_loading_leaves_the_files_as_they_were(folder, how):
    before = (folder / ARRAYS).read_bytes()
    model = CityModel.load(folder)
    model.step()
    assert (folder / ARRAYS).read_bytes() == before


def test_new_agents_of_a_loaded_model_have_ids_of_their_own(folder):
    model = CityModel.load(folder)
    hospital = next(o for o in model.city.organisations if o.kind == 1)
    branch = hospital.branch_at((hospital.zone + 1) % 343)
    ids = [agent.unique_id for agent in model.agents]
    assert branch.unique_id in ids
    assert len(set(ids)) == len(ids)


def test_a_folder_that_holds_something_is_left_alone(folder):
    model = CityModel.load(folder)
    with pytest.raises(InputError, match="something already"):
        model.save(folder)


def test_a_snapshot_of_other_code_is_refused(folder, tmp_path):
    facts = json.loads((folder / FACTS).read_text())
    for name in (STATE, ARRAYS):
        (tmp_path / name).symlink_to(folder / name)
    facts["made_with"]["data"] = "0" * 64
    (tmp_path / FACTS).write_text(json.dumps(facts))
    with pytest.raises(InputError, match="made with other data"):
        CityModel.load(tmp_path)


@pytest.mark.parametrize("name", [STATE, ARRAYS])
def test_a_truncated_file_is_named(folder, tmp_path, name):
    for other in (FACTS, STATE, ARRAYS):
        content = (folder / other).read_bytes()
        (tmp_path / other).write_bytes(content[:-100] if other == name else content)
    with pytest.raises(InputError, match=name):
        CityModel.load(tmp_path)


def test_no_snapshot_is_said_to_be_none(tmp_path):
    with pytest.raises(InputError, match="no snapshot"):
        CityModel.load(tmp_path / "nothing")
