"""Hold what the documents say: documents, measures, targets, and the schema that checks them."""
