"""Say what if: scenarios, batches of runs, the store that keeps them and their comparison."""
