"""What scenarios share is computed once and changes no bit of what they give."""

import json
from dataclasses import replace
from pathlib import Path

import mesa
import pytest

from sim import CityModel, Scenario
from sim.errors import InputError
from sim.scenarios import make_run
from sim.scenarios.batch import run_batch
from sim.scenarios.make_run import start as make_run_start
from sim.scenarios.shared_past import Branch, branches, shared_digests
from sim.scenarios.shared_work import PASTS

NAMES = ("no-measures", "executed-2017-2020", "markets-only")
SAMPLE, UNTIL = 0.001, "2017Q1"


def checksums(store: Path) -> dict[str, str]:
    return {
        path.parent.parent.name: json.loads(path.read_text())["state_checksum"]
        for path in store.glob("runs/*/*/manifest.json")
    }


@pytest.fixture(scope="module", params=("point", "prior"))
def stores(tmp_path_factory, request):
    """Make the runs with shared pasts and without; no run with one is begun at the base city.

    Drawn from their priors, amounts of measures are not those of the scenario's files.
    """
    made, begun = {}, []

    def start(job, *rest):
        begun.append(job)
        return make_run_start(job, *rest)

    for share in (True, False):
        store = tmp_path_factory.mktemp("stores") / str(share)
        options = {"sample": SAMPLE, "replications": 1, "until": UNTIL, "parameters": request.param}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(make_run, "start", start)
            report = run_batch(NAMES, store=store, jobs=1, share_pasts=share, **options)
        assert report.pasts_lost == []
        made[share] = store
    assert [bool(job.keep) for job in begun] == [True] + len(NAMES) * [False]
    return made


def test_a_shared_past_changes_no_bit(stores):
    assert checksums(stores[True]) == checksums(stores[False])
    for name in NAMES:
        tables = [stores[share] / "runs" / name / "1" / "indicators.parquet" for share in (True, False)]
        assert tables[0].read_bytes() == tables[1].read_bytes()


def test_no_past_is_left_behind(stores):
    assert not list((stores[True] / PASTS).glob("*"))


def test_scenarios_of_the_library_part_when_their_measures_do():
    scenarios = [Scenario.load(name) for name in NAMES]
    (branch,) = branches(scenarios, 2020)
    assert isinstance(branch, Branch)
    assert (branch.until, branch.members) == (2016, (0, 1, 2))


def test_what_has_no_date_parts_scenarios_from_the_start():
    plain = Scenario.load("no-measures")
    other = replace(plain, uncertainties=(("exit_local", -3.0),))
    assert branches([plain, other], 2020) == (0, 1)


def test_pasts_join_as_long_as_they_are_the_same():
    first = Scenario.load("executed-2017-2020")
    late = [p for p in first.measures if p.id.startswith("demolish-2019") or p.id == "demolish-2019"]
    without = replace(first, measures=tuple(m for m in first.measures if m not in late))
    (branch,) = branches([Scenario.load("no-measures"), first, without], 2020)
    assert branch.until == 2016
    assert branch.parts[0] == 0
    assert (branch.parts[1].members, branch.parts[1].until) == ((1, 2), 2018)


def test_an_amount_of_one_year_changes_no_digest_of_the_years_before():
    first = Scenario.load("executed-2017-2020")
    measure = next(m for m in first.measures if m.id.startswith("demolish-2018"))
    more = replace(measure, portions=tuple(replace(p, amount=p.amount * 1.1) for p in measure.portions))
    second = replace(first, measures=tuple(more if m is measure else m for m in first.measures))
    one, other = shared_digests(first, 2020), shared_digests(second, 2020)
    assert [a == b for a, b in zip(one, other, strict=True)] == [True] * 7 + [False] * 3


def test_a_market_that_will_close_within_the_notice_parts_the_scenarios_before():
    """A market has notice for some quarters: what closes in 2019 acts in 2018 where the measure has begun."""
    plain = Scenario.load("executed-2017-2020")
    market = next(m for m in plain.measures if m.id == "market-2018")
    later = tuple(replace(p, quarter_index=p.quarter_index + 4) for p in market.portions)
    cut = replace(market, last=market.last + 4)
    first, second = (
        replace(plain, measures=tuple(new if m is market else m for m in plain.measures))
        for new in (cut, replace(cut, portions=market.portions + later))
    )
    one, other = shared_digests(first, 2020), shared_digests(second, 2020)
    assert [a == b for a, b in zip(one, other, strict=True)] == [True] * 7 + [False] * 3


def test_a_run_is_not_taken_up_by_a_scenario_with_another_past():
    model = CityModel("no-measures", sample=SAMPLE, rng=1, threads=1)
    model.run(until="2011Q4")
    scenario = replace(Scenario.load("no-measures"), uncertainties=(("exit_local", -3.0),))
    with pytest.raises(InputError, match="cannot go on"):
        model.take_up(scenario)
    assert model.take_up("executed-2017-2020").plan.name == "executed-2017-2020"


def test_who_takes_up_a_run_gets_its_own_amounts_at_the_levels_of_the_run():
    levels = {"basement_amount_level": 0.9, "market_amount_level": 0.2, "demolish_amount_level": 0.7}
    options = {"sample": SAMPLE, "rng": 1, "threads": 1, "parameters": levels}
    past = CityModel("no-measures", **options)
    past.run(until="2011Q4")
    taken = past.take_up("executed-2017-2020").plan
    assert taken == CityModel("executed-2017-2020", **options).plan
    assert taken.measures != Scenario.load("executed-2017-2020").measures


def test_a_past_that_cannot_be_taken_up_is_let_go_of(tmp_path, monkeypatch):
    """A city that nobody closes stays in memory as long as its process: Mesa keeps a reference."""

    def refuse(*_given, **_named):
        raise InputError("the run cannot go on", where="2015Q4", mend="run it from the start")

    monkeypatch.setattr(CityModel, "take_up", refuse)
    kept = len(mesa.Agent._ids)
    store = tmp_path / "store"
    run_batch(NAMES[:2], sample=SAMPLE, replications=1, until=UNTIL, store=store, jobs=1)
    assert len(checksums(store)) == 2
    assert len(mesa.Agent._ids) == kept
