"""Check that the model is an ordinary Mesa model, refuses wrong arguments and lets go of its memory."""

import gc
import weakref

import mesa
import pytest

from sim import CityModel
from sim.codes import N_DISTRICTS
from sim.errors import InputError
from sim.schedule import STAGES


def test_it_is_a_mesa_model_with_mesa_agents(base_model):
    assert isinstance(base_model, mesa.Model)
    kinds = {kind.__name__: len(agents) for kind, agents in base_model.agents_by_type.items()}
    assert kinds["District"] == N_DISTRICTS
    assert {"Market", "Hospital", "Campus", "Office"} <= set(kinds)
    assert len(base_model.agents) == sum(kinds.values()) == len(base_model.city.organisations) + N_DISTRICTS


def test_mesas_batch_run_runs_it():
    results = mesa.batch_run(
        CityModel,
        parameters={"scenario": ["no-measures", "executed-2017-2020"], "sample": 0.002, "threads": 1},
        number_processes=1,
        iterations=1,
        max_steps=2,
        data_collection_period=1,
        display_progress=False,
    )
    assert {row["scenario"] for row in results} == {"no-measures", "executed-2017-2020"}
    assert max(row["Step"] for row in results) == 2
    assert all(row["residents"] == pytest.approx(19_612_368, rel=0.05) for row in results)
    assert len(results) == 2 * 3


def test_closed_models_leave_nothing_behind():
    left = []
    for seed in range(6):
        model = CityModel(sample=0.002, rng=seed, threads=1)
        model.step()
        left.append(weakref.ref(model))
        left.append(weakref.ref(model.city))
        left.append(weakref.ref(model.residents))
        model.close()
        model.close()  # twice is no error
        del model
    gc.collect()
    assert [ref for ref in left if ref() is not None] == []


def test_the_schedule_is_what_runs(open_model):
    model = open_model()
    assert list(model._stages) == [stage.name for stage in STAGES]
    order = []
    model._stages = {name: (lambda name=name: order.append(name)) for name in model._stages}
    model.step()
    assert order == [stage.name for stage in STAGES]


def test_quarters_pass_one_by_one(open_model):
    model = open_model()
    assert (model.quarter, model.quarter_index) == ("2010Q4", 0)
    model.step()
    assert (model.quarter, model.quarter_index) == ("2011Q1", 1)
    model.run(until="2011Q3")
    assert model.quarter == "2011Q3"
    model.run(until="2011Q3")
    collected = model.datacollector.get_model_vars_dataframe()
    assert len(collected) == 4
    totals = model.indicators()
    totals = totals[(totals.level == "city") & (totals.indicator == "residents")]
    assert totals.value.tolist() == pytest.approx(collected.residents.tolist())


def test_a_run_cannot_go_back_or_beyond_the_last_quarter(open_model):
    model = open_model()
    model.run(until="2011Q2")
    with pytest.raises(InputError, match="before where the run stands"):
        model.run(until="2011Q1")
    with pytest.raises(InputError):
        model.run(until="2051Q1")
    model.city.quarter = 160
    with pytest.raises(InputError, match="last quarter"):
        model.step()


@pytest.mark.parametrize(
    "wrong",
    [
        {"rng": -1},
        {"rng": 1.5},
        {"rng": True},
        {"scenario": "executed"},
        {"sample": 0.0},
        {"sample": 1.2},
        {"parameters": {"no_such_parameter": 1.0}},
        {"parameters": "no-such-file.yaml"},
        {"paths": "highest"},
    ],
)
def test_wrong_arguments_are_refused(wrong):
    with pytest.raises(InputError):
        CityModel(**({"sample": 0.002, "threads": 1} | wrong))


def test_parameters_by_name_change_the_run(open_model):
    plain = open_model()
    other = open_model(parameters={"arrival_rate": plain.city.parameter("arrival_rate") * 1.1})
    for model in (plain, other):
        model.step()
    assert other.record.latest("in_migrants") > plain.record.latest("in_migrants")
    assert other.record.latest("deaths") == plain.record.latest("deaths")
