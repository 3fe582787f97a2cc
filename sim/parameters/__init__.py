"""Hold the numbers of behaviour and of the base year, each with its prior and its source."""
