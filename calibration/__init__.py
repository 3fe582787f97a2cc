"""Compare the model with what was published, and keep apart what it may be fitted to and what is held out."""
