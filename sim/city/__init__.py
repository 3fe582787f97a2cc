"""The places and how far apart they are."""
