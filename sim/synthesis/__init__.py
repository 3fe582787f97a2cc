"""Build the city of 1 November 2010 from published tables: people, homes, jobs, organisations."""
