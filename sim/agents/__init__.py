"""Hold those who act: residents, households and businesses as columns, organisations and districts as Mesa agents."""
