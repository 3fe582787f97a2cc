"""Check that what is shipped belongs to this model: the fit, and the factors of the raking made with it."""

from calibration import shipped
from sim.data.raking import load_raking
from sim.parameters.for_run import default_option
from sim.parameters.posterior import read_posterior, stale
from sim.scenarios.provenance import digests


def test_the_shipped_fit_is_of_this_code_and_data():
    assert stale(read_posterior(shipped.path())) == [], "'shujie calibrate --confirm', or fit again"
    assert default_option()[0] == "fitted"


def test_the_factors_of_the_raking_are_of_these_parameters():
    made = load_raking().made_with
    now = digests()
    assert {name: made[name] for name in ("policy", "parameters")} == {
        name: now[name] for name in ("policy", "parameters")
    }, "'python -m calibration.raking STORE' on the runs of 'shujie backtest'"
