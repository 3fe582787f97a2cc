"""Say how the household compositions of an area differ from the city's, by a few coefficients.

The coefficients of `TILT` were chosen by hand and a search over these few numbers, looking at how many
generations and how many aged people live together in the eighteen areas; no area has a number of its own.

Whether grandparents, parents and children live together also depends on the home. A village house rebuilt
with kitchen and bath can keep the married child; from an old one the couple moves away (so we read it: the
tables do not say why). The long form counts homes with a bath by district. Rooms let to non-locals often have
none, which says nothing about the families next door, so they are taken out first. That it is the bath, and
by how much, was found by holding some 35 facts of the census by district against the generations. With any
one district left out the others choose the same fact and an elasticity of 1.5 to 1.75, and the one left out
is met within 5 %, except Shunyi. When all coefficients are searched again without a district, its generations
are off by 2.9 % (root mean square; 43 of 48 rows within 5 %); with the share of non-locals instead of the
bath by 5.5 % (36 of 48).

Shunyi, three generations and more, stays 8.4 % too low. Of 77 facts by district tried beside the bath, each
with a coefficient fitted to the other fifteen districts, none is taken: rooms a home, of which Shunyi has
most, would bring it to 4.7 % but meet districts left out less well than nothing does (2.7 % against 2.5 %);
industry leaves it at 5.3 % (2.4 %). Wider or narrower household sizes, more widowed among the old, and fewer
non-local couples or children in Shunyi's pool bring it nearer by less than 1 %.
"""

import numpy as np

from sim.parameters.store import ParameterSet
from sim.synthesis.compositions import Slots
from sim.synthesis.margins import AREAS, Margins

TILT = {
    # group of compositions: constant, urban hukou, two children
    "unmarried_alone": (-0.61, 0.18, 0.0),
    "married_alone": (1.04, 0.0, 0.0),
    "couple_local": (0.10, -1.59, 0.0),
    "couple_non_local": (0.91, 0.0, 0.0),
    "two_persons_two_generations": (0.46, -0.61, 0.0),
    "three_generations": (0.13, 0.0, 0.0),
    "sharing_non_local": (-0.85, 0.0, 0.0),
    "aged_without_spouse": (-1.10, 0.0, 0.0),
    "aged_couple": (-1.22, 0.0, 0.0),
    "three_aged": (0.0, -0.45, 0.0),
    "couple_with_adult_child": (1.30, 1.77, 0.0),
    "two_children": (0.46, 0.0, 1.44),
}
"""Logarithms of weights. All assumed (chosen as the module says); ranges about 0.5 either way."""


def area_factors(slots: Slots, margins: Margins, parameters: ParameterSet) -> np.ndarray:
    """Return the factor on each composition's weight in each census area, (18, n).

    Covariates: share of non-agricultural hukou; children ever born to an ever-married woman (the one-child
    rule was looser in villages and mountains); for three generations, locals' homes with a bath.
    """
    tables = margins.tables.loc[AREAS]
    urban = (tables["non_agricultural_hukou_share"].to_numpy() - 62.0) / 20.0
    form = margins.long_form.loc[AREAS]
    ever_married = (
        1.0 - (form["age_15plus_never_married_female"] / form["age_15plus_total_female"]).to_numpy()
    )
    children = tables["mean_children_ever_born_women_15_64"].to_numpy() / ever_married
    second = np.log(np.clip((np.nan_to_num(children, nan=0.9) - 0.90) / 0.19, 0.15, 4.0))
    covariates = np.stack([np.ones(len(AREAS)), urban, second], axis=1)
    members = groups(slots)
    exponent = sum(
        np.outer(covariates @ np.array(TILT[name]), member.astype(float)) for name, member in members.items()
    )
    bath = local_homes_with_bath(margins, parameters)
    elasticity = parameters.value("three_generations_bath_elasticity")
    return np.exp(
        exponent + elasticity * np.outer(np.log(bath[:-1] / bath[-1]), members["three_generations"])
    )


def local_homes_with_bath(margins: Margins, parameters: ParameterSet) -> np.ndarray:
    """Return the share of locals' homes that have a bath, by census area and in the city, (19,).

    The long form gives it for all homes; non-locals' homes are taken out with one share for the whole city.
    """
    areas = [*AREAS, "beijing"]
    form, tables = margins.long_form.loc[areas], margins.tables.loc[areas]
    bath = (form["housing_bath_yes"] / form["housing_households"]).to_numpy()
    outside = (tables["non_local_population"] / tables["population"]).to_numpy()
    theirs = parameters.value("bath_share_of_non_local_homes")
    return np.clip((bath - theirs * outside) / (1.0 - outside), 0.05, 1.0)


def groups(slots: Slots) -> dict[str, np.ndarray]:
    """Return which compositions belong to each group of `TILT`, as booleans."""
    local, outside = slots.hukou_kind == 0, slots.hukou_kind == 1
    size, generations = slots.size, slots.generations
    names = [[name for name, _ in tokens] for tokens in slots.tokens]
    relations = [[relation[0] for _, relation in tokens] for tokens in slots.tokens]
    couple = np.array([r == ["a", "s"] for r in relations])
    alone = np.array([n[0] if len(n) == 1 else "" for n in names])
    children = np.array([sum(r == "k0" for _, r in tokens) for tokens in slots.tokens])
    spouse = np.array(["s" in r for r in relations])
    return {
        "unmarried_alone": local & np.isin(alone, ("Y", "U", "D")),
        "married_alone": local & np.isin(alone, ("M1f", "M1m", "M2f", "M2m")),
        "couple_local": local & couple,
        "couple_non_local": outside & couple,
        "two_persons_two_generations": local & (generations == 2) & (size == 2),
        "three_generations": ~outside & (generations == 3),
        "sharing_non_local": outside & (generations == 1) & (size >= 2) & ~couple,
        "aged_without_spouse": np.array(
            [_aged_without_spouse(n, r) for n, r in zip(names, relations, strict=True)]
        ),
        "aged_couple": np.array(["M3f" in n and "M3m" in n for n in names]),
        "three_aged": np.array([sum(x in ("M3f", "M3m", "W") for x in n) >= 3 for n in names]),
        "couple_with_adult_child": local
        & (generations == 2)
        & spouse
        & np.array(["Y" in n or "U" in n for n in names]),
        "two_children": ~outside & (children >= 2),
    }


def _aged_without_spouse(names: list[str], relations: list[str]) -> bool:
    """Say whether a married person of 65 and more lives without the spouse."""
    for k, name in enumerate(names):
        if name in ("M3f", "M3m"):
            paired = relations[k] == "s" or (k + 1 < len(names) and relations[k + 1] == "s")
            if not paired:
                return True
    return False
