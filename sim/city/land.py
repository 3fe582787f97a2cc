"""Hold non-residential floor area and business premises by zone, and what an order took from them."""

from dataclasses import dataclass, field

import numpy as np

from sim.codes import N_ZONES, FloorUse, Improvement, LandUse, Premises

N_PREMISES = len(Premises)
N_USES = len(FloorUse)


@dataclass
class Land:
    """Hold floor area in m2 by zone and use (343, 4) and business premises by zone and kind (343, 5).

    `freed_m2` (343,) is floor area that orders took so far; `use_m2` (343, 5) the land that clearing freed,
    by what it is used for (`LandUse`); `improvements` (343, 4) what measures added that makes a zone a better
    place to live in (`Improvement`): service points, homes, areas, counted since the base year.
    `street_cleared` (343,) is street trade that orders ended and that may come back, in businesses; what grew
    back and has yet to be taken is in `premises_regrown` (343, 5) and `street_regrown` (343,).
    """

    floor_area_m2: np.ndarray
    premises: np.ndarray
    premises_used: np.ndarray = field(default_factory=lambda: np.zeros((N_ZONES, N_PREMISES)))
    premises_removed: np.ndarray = field(default_factory=lambda: np.zeros((N_ZONES, N_PREMISES)))
    premises_cleared: np.ndarray = field(default_factory=lambda: np.zeros((N_ZONES, N_PREMISES)))
    premises_before: np.ndarray = field(default_factory=lambda: np.zeros((N_ZONES, N_PREMISES)))
    premises_regrown: np.ndarray = field(default_factory=lambda: np.zeros((N_ZONES, N_PREMISES)))
    street_cleared: np.ndarray = field(default_factory=lambda: np.zeros(N_ZONES))
    street_regrown: np.ndarray = field(default_factory=lambda: np.zeros(N_ZONES))
    freed_m2: np.ndarray = field(default_factory=lambda: np.zeros(N_ZONES))
    use_m2: np.ndarray = field(default_factory=lambda: np.zeros((N_ZONES, len(LandUse))))
    improvements: np.ndarray = field(default_factory=lambda: np.zeros((N_ZONES, len(Improvement))))

    def begin_quarter(self) -> None:
        """Forget last quarter's orders and remember the premises they will be measured against."""
        self.premises_removed = np.zeros((N_ZONES, N_PREMISES))
        self.premises_before = self.premises.copy()

    def take_premises(self, zone: np.ndarray | int, kind: int, number: np.ndarray | float) -> np.ndarray:
        """Take premises of one zone, or of different ones, by order and return how many there were."""
        taken = np.minimum(np.maximum(number, 0.0), self.premises[zone, kind])
        self.premises[zone, kind] -= taken
        self.premises_removed[zone, kind] += taken
        self.premises_cleared[zone, kind] += taken
        return taken

    def take_floor_area(self, zone: np.ndarray | int, use: int, area_m2: np.ndarray | float) -> np.ndarray:
        """Take floor area of one zone, or of different ones, by order and return how much there was."""
        taken = np.minimum(np.maximum(area_m2, 0.0), self.floor_area_m2[zone, use])
        self.floor_area_m2[zone, use] -= taken
        self.freed_m2[zone] += taken
        return taken

    def take_land(self, zone: np.ndarray | int, use: int, area_m2: np.ndarray | float) -> np.ndarray:
        """Take freed land out of a use, in one zone or different ones, and return how much there was."""
        taken = np.minimum(np.maximum(area_m2, 0.0), self.use_m2[zone, use])
        self.use_m2[zone, use] -= taken
        return taken

    def take_regrown(self) -> np.ndarray | None:
        """Hand over what grew back since the last call: premises by kind, then street trade, f8 (343, 6).

        None where nothing did.
        """
        if not (self.premises_regrown.any() or self.street_regrown.any()):
            return None
        back = np.column_stack([self.premises_regrown, self.street_regrown])
        self.premises_regrown = np.zeros((N_ZONES, N_PREMISES))
        self.street_regrown = np.zeros(N_ZONES)
        return back
