"""Numbers keep their unit, languages have the same words, verdicts follow the probability."""

import re

import pytest

from sim.report.numbers import DASH, Numbers
from sim.report.text import LANGUAGES, load_text
from sim.report.words import Words, status_of


def flat(value, key=""):
    if isinstance(value, dict):
        for name, item in value.items():
            yield from flat(item, f"{key}.{name}")
    else:
        yield key, value


def test_both_languages_have_the_same_keys_and_the_same_places_for_numbers():
    english, chinese = (dict(flat(load_text(lang))) for lang in LANGUAGES)
    assert english.keys() == chinese.keys()
    for key, text in english.items():
        assert isinstance(text, str), f"{key} is no text: quote it"
        assert isinstance(chinese[key], str), f"{key} is no text: quote it"
        assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", chinese[key])), key


def test_chinese_texts_are_chinese():
    same = {key for key, text in flat(load_text("en")) if dict(flat(load_text("zh")))[key] == text}
    assert same <= {".people_change"}


@pytest.mark.parametrize(
    ("value", "unit", "english", "chinese"),
    [
        (1085, "10k persons", "10.85 million", "1,085.0 万人"),
        (21_893_095, "persons", "21.89 million", "2,189.3 万人"),
        (412_345, "persons", "412,000", "41.2 万人"),
        (83, "persons", "83", "83 人"),
        (0, "persons", "0", "0 人"),
        (-34_700, "persons", "−34,700", "−3.5 万人"),
        (0.9, "10k persons/km2", "9,000 persons/km²", "9,000 人/平方公里"),
        (11_900, "10k m2", "119.0 million m²", "11,900 万平方米"),
        (-0.04, "percent vs 2015", "0.0 %", "0.0 %"),
        (-13.9, "percent vs 2014", "−13.9 %", "−13.9 %"),
        (467.93, "outlets/km2", "467.9 outlets/km²", "467.9 个网点/平方公里"),
        (None, "persons", DASH, DASH),
        (float("nan"), "m2", DASH, DASH),
    ],
)
def test_numbers_carry_their_unit(value, unit, english, chinese):
    assert Numbers("en").with_unit(value, unit).replace("\u00a0", " ") == english
    assert Numbers("zh").with_unit(value, unit).replace("\u00a0", " ") == chinese


def test_an_interval_names_its_unit_once_where_it_can():
    n = Numbers("en")
    assert n.interval(21.3e6, 21.4e6, "persons").replace("\u00a0", " ") == "21.30 – 21.40 million"
    assert n.interval(0.9e6, 1.1e6, "persons").replace("\u00a0", " ") == "900,000 – 1.100 million"
    assert n.interval(None, 3, "persons") == ""
    assert n.interval(-2, 3, "percent", signed=True).replace("\u00a0", " ") == "−2.0 – +3.0 %"


def test_signed_numbers_show_a_plus_only_above_zero():
    n = Numbers("en")
    assert n.persons(5200, signed=True) == "+5,200"
    assert n.persons(0, signed=True) == "0"
    assert n.percent(0.01, signed=True).startswith("0.0")


@pytest.mark.parametrize(
    ("probability", "status"),
    [
        (1.0, "reached"),
        (0.9, "reached"),
        (0.85, "likely"),
        (0.5, "uncertain"),
        (0.3, "unlikely"),
        (0.1, "missed"),
        (0.0, "missed"),
        (None, "none"),
    ],
)
def test_verdict_follows_the_probability(probability, status):
    assert status_of(probability) == status
    assert load_text("en")[f"status_{status}"]


def test_what_a_target_asks_for_is_written_with_its_base():
    row = {"operator": "=", "value": -3.0, "unit": "percent vs 2015", "baseline_quarter": "2015Q4"}
    assert Words("en").wanted(row).replace("\u00a0", " ") == "−3.0 % on 2015Q4"
    between = {
        "operator": "range",
        "value": 72.5,
        "value_low": 70.0,
        "value_high": 75.0,
        "unit": "10k persons",
    }
    assert Words("zh").wanted(between).replace("\u00a0", " ") == "70.0 万人 至 75.0 万人"
    assert Words("en").wanted({"operator": "<=", "value": 1085, "unit": "10k persons"}).startswith("at most")
