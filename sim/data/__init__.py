"""Hold the packaged tables and paths with their sources, and load them."""
