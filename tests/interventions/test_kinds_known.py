"""Every kind of the catalogue is carried out by a file, and no file carries out a kind that is not there."""

from sim.interventions.kinds import KINDS
from sim.policy.catalogue import load_kinds


def test_every_kind_has_its_file():
    assert set(KINDS) == set(load_kinds())
