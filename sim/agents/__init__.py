"""Hold those who act: people, households and businesses as columns, organisations as Mesa agents."""
