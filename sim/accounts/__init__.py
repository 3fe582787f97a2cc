"""Keep the books: the task ledger, and the reconciliation of people, households, dwellings and jobs."""
