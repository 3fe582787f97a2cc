"""Build the city of 1 November 2010 from published tables: people, households, dwellings, jobs, organisations."""
