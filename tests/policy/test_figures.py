"""Every quantity of the documents is in the model as the text has it, and moves the ledger when it moves."""

import re
from dataclasses import replace

import pytest

from sim.accounts.ledger import Ledger
from sim.calendar import parse_quarter, year_of
from sim.data.tables import load_table
from sim.errors import InputError
from sim.interventions.base import Verbs
from sim.interventions.kinds import KINDS, apply_measures
from sim.parameters.for_run import point_parameters
from sim.policy import figures as register
from sim.policy.catalogue import FOLDER, load_measures, read_measure
from sim.policy.figures import load_figures
from sim.policy.places import places
from sim.scenarios.scenario import Scenario
from tests.fixtures.small_city import small_city

FIGURES = load_figures()
PLANS = [figure for figure in FIGURES if figure.what == "plan"]
ACTUALS = [figure for figure in FIGURES if figure.what == "actual"]
PARAMETERS = [figure for figure in FIGURES if figure.what == "parameter"]
TOLERANCE = 1e-3
"""Of what was reported done: splits over years are rounded."""


def named(figure):
    return f"{figure.row}-{figure.indicator}-{figure.area}"


def test_every_row_of_the_table_is_listed_once():
    rows = load_table("figures")
    assert [figure.row for figure in FIGURES] == list(range(1, len(rows) + 1))
    assert [figure.indicator for figure in FIGURES] == list(rows["indicator"])


def test_what_orders_an_amount_in_beijing_acts():
    """A plan row is a measure, a parameter, a share of a stock, masked, or the case of another city."""
    for figure in FIGURES:
        if figure.kind == "plan" and "outside the model" not in figure.why:
            assert figure.what in ("plan", "parameter", "share", "masked", "case"), named(figure)
        if figure.what == "case":
            assert figure.area == "hailing"
            assert (FOLDER.parents[1] / "tests" / "cases" / f"{figure.names[0]}.yaml").is_file()
        if figure.what == "not_carried":
            assert figure.why


@pytest.mark.parametrize("figure", PLANS, ids=named)
def test_planned_amounts_equal_the_documents(figure):
    assert figure.carried == pytest.approx(figure.amount, rel=1e-6)


@pytest.mark.parametrize("figure", PLANS, ids=named)
def test_the_measure_cites_the_clause_of_the_row(figure):
    for name in figure.names:
        assert load_measures()[name].series == "plan"
        clauses = {row.clause for row in load_measures()[name].rows if row.basis == "stated"}
        assert figure.clause in clauses


@pytest.mark.parametrize("figure", ACTUALS, ids=named)
def test_executed_amounts_add_up_to_what_was_reported(figure):
    assert figure.carried == pytest.approx(figure.amount, rel=TOLERANCE)
    assert all(load_measures()[name].series == "executed" for name in figure.names)


@pytest.mark.parametrize("figure", PARAMETERS, ids=named)
def test_rates_and_caps_equal_the_documents(figure):
    assert figure.carried == pytest.approx(figure.amount)


@pytest.mark.parametrize(
    ("text", "other", "message"),
    [
        ("as: plan, names: [plan-2017-logistics]", "as: plan, names: [plan-2017-trucks]", "no measure"),
        ('clause: "2.1", as: target', 'clause: "2.1", indicator: births, as: target', "has no entries"),
        ("as: target, names: [huairou-2017", "as: target, names: [huairou-2071", "no target"),
        ("clause: 2.2.10, as", "clause: 2.2.11, as", "an entry is for no row"),
    ],
)
def test_a_register_that_does_not_fit_is_refused(tmp_path, monkeypatch, text, other, message):
    content = register.REGISTER.read_text(encoding="utf-8")
    assert text in content
    path = tmp_path / "figures.yaml"
    path.write_text(content.replace(text, other), encoding="utf-8")
    monkeypatch.setattr(register, "REGISTER", path)
    with pytest.raises(InputError, match=message):
        load_figures.__wrapped__()


ACTING = sorted({name for figure in PLANS for name in figure.names})


def planned(measure, city):
    """Return what the ledger has as planned after every quarter of a measure in a small city."""
    verbs = Verbs(city, Ledger(), point_parameters())
    city.parameters = verbs.parameters
    for quarter in range(measure.first, measure.last + 1):
        city.quarter = quarter
        city.dwellings.begin_quarter()
        city.land.begin_quarter()
        verbs.begin_quarter(quarter)
        KINDS[measure.kind](measure, quarter, city, verbs)
    frame = verbs.ledger.to_frame()
    return frame.loc[frame["verb"] == "task", "planned"].sum()


def scaled(measure, factor):
    portions = tuple(replace(item, amount=item.amount * factor) for item in measure.portions)
    return replace(measure, portions=portions)


@pytest.mark.parametrize("name", ACTING)
def test_a_tenth_more_in_the_plan_is_a_tenth_more_on_the_ledger(name):
    measure = load_measures()[name]
    once = planned(measure, small_city())
    more = planned(scaled(measure, 1.1), small_city())
    assert once == pytest.approx(measure.total(), rel=1e-6)
    assert more == pytest.approx(1.1 * once, rel=1e-6)


@pytest.mark.parametrize("name", ACTING)
def test_a_tenth_more_in_the_file_is_a_tenth_more_due(name, tmp_path):
    """Each number of the file changed by hand, range and all."""
    text = (FOLDER / "measures" / f"{name}.yaml").read_text(encoding="utf-8")
    head, rows = text.split("quantities:")
    more = re.sub(r"(value|low|high): ([0-9.]+)", lambda m: f"{m[1]}: {float(m[2]) * 1.1:.9g}", rows)
    path = tmp_path / f"{name}.yaml"
    path.write_text(f"{head}quantities:{more}", encoding="utf-8")
    assert read_measure(path).total() == pytest.approx(1.1 * load_measures()[name].total(), rel=1e-6)


def test_the_whole_plan_a_tenth_larger_by_lever_runs_through_the_ledger(tmp_path):
    path = tmp_path / "more.yaml"
    kinds = sorted({load_measures()[name].kind for name in ACTING})
    path.write_text(
        "name: more\ntitle_en: More\ntitle_zh: 多\ndescription: A tenth more of everything.\n"
        f"extends: plan-2017\nlevers: {{scale_kinds: {{{', '.join(f'{kind}: 1.1' for kind in kinds)}}}}}\n",
        encoding="utf-8",
    )
    once, more = (ledger_of(Scenario.load(name)) for name in ("plan-2017", path))
    for name in ACTING:
        if name in once:
            assert more[name] == pytest.approx(1.1 * once[name], rel=1e-6), name
    assert len(once) >= 25


def ledger_of(scenario):
    """Return the planned amount of each measure of 2017 in a small city, by measure."""
    city = small_city()
    verbs = Verbs(city, Ledger(), point_parameters())
    city.parameters = verbs.parameters
    for quarter in range(parse_quarter("2017Q1"), parse_quarter("2018Q4") + 1):
        city.quarter = quarter
        city.dwellings.begin_quarter()
        city.land.begin_quarter()
        apply_measures(scenario, quarter, city, verbs)
    frame = verbs.ledger.to_frame()
    frame = frame[frame["verb"] == "task"]
    return frame.groupby("measure")["planned"].sum().to_dict()


def test_the_areas_that_a_clause_names_are_the_zones_of_the_clause():
    pilots = places().zones_of("first_green_belt_pilots")
    parts = places().zones_of("pilot_townships_1") | places().zones_of("pilot_townships_2")
    assert pilots == parts | places().zones_of("daxing.jiugong")
    assert len(pilots) == 12


def test_amounts_are_due_in_the_years_of_the_row():
    for figure in PLANS:
        for name in figure.names:
            years = {year_of(item.quarter_index) for item in load_measures()[name].portions}
            assert figure.year_from in years
