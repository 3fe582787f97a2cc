"""Turn what a run recorded into indicators, densities, targets and who was moved where."""
