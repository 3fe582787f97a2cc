"""Say how the household compositions of an area differ from the city's, by a few coefficients.

The coefficients were chosen by hand and a search over these few numbers, looking at how many generations and
how many aged people live together in the eighteen areas; no area has a number of its own, and those tables
stay out of the fit.
"""

import numpy as np

from sim.synthesis.compositions import Slots
from sim.synthesis.margins import AREAS, Margins

TILT = {
    # group of compositions: constant, urban hukou, two children, non-locals
    "unmarried_alone": (-0.61, 0.18, 0.0, 0.0),
    "married_alone": (1.04, 0.0, 0.0, 0.0),
    "couple_local": (0.10, -1.59, 0.0, 0.0),
    "couple_non_local": (0.91, 0.0, 0.0, 0.0),
    "two_persons_two_generations": (0.46, -0.61, 0.0, 0.0),
    "three_generations": (0.13, 0.0, 0.0, 0.26),
    "sharing_non_local": (-0.85, 0.0, 0.0, 0.0),
    "aged_without_spouse": (-1.10, 0.0, 0.0, 0.0),
    "aged_couple": (-1.22, 0.0, 0.0, 0.0),
    "three_aged": (0.0, -0.45, 0.0, 0.0),
    "couple_with_adult_child": (1.30, 1.77, 0.0, 0.0),
    "two_children": (0.46, 0.0, 1.44, 0.0),
}
"""Logarithms of weights. All assumed (chosen as the module says); ranges about 0.5 either way."""


def area_factors(slots: Slots, margins: Margins) -> np.ndarray:
    """Return the factor on each composition's weight in each census area, (18, n).

    Covariates: share of non-agricultural hukou; children ever born to an ever-married woman (the one-child
    rule was looser in villages and mountains); share of non-locals (villages that let rooms live in large
    houses).
    """
    tables = margins.tables.loc[AREAS]
    urban = (tables["non_agricultural_hukou_share"].to_numpy() - 62.0) / 20.0
    form = margins.long_form.loc[AREAS]
    ever_married = (
        1.0 - (form["age_15plus_never_married_female"] / form["age_15plus_total_female"]).to_numpy()
    )
    children = tables["mean_children_ever_born_women_15_64"].to_numpy() / ever_married
    second = np.log(np.clip((np.nan_to_num(children, nan=0.9) - 0.90) / 0.19, 0.15, 4.0))
    outside = 5.0 * (margins.non_local / tables["population"].to_numpy() - 0.33)
    covariates = np.stack([np.ones(len(AREAS)), urban, second, outside], axis=1)
    members = groups(slots)
    exponent = sum(
        np.outer(covariates @ np.array(TILT[name]), member.astype(float)) for name, member in members.items()
    )
    return np.exp(exponent)


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
