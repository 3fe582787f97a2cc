"""Carry measures out on the city, through verbs that write the ledger: one file for each kind of measure."""
