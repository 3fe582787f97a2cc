"""Give each district's share of the homes finished.

No such shares are published. Plans say where land for homes was, listings by year of construction when each
area group built; the two differ most in the inner districts, to which the plans give a third of the homes of
2014 and listings a twelfth. How far a run goes with either is a parameter.
"""

from __future__ import annotations

import numpy as np

from sim.city.state import City


def completion_share(city: City) -> np.ndarray:
    """Return each district's share of the homes finished this quarter, f8 (16,), adding up to one.

    The geometric mean of two patterns, that of listings weighted by ``new_homes_listings_weight`` (a
    logarithmic opinion pool: Genest and Zidek 1986, Statistical Science 1(1)).
    """
    weight = city.parameter("new_homes_listings_weight")
    plans = city.paths.vector("completion_share_by_plans", city.quarter)
    listings = city.paths.vector("completion_share_by_listings", city.quarter)
    pooled = plans ** (1.0 - weight) * listings**weight
    return np.asarray(pooled / pooled.sum())
