"""Real order histories, read from files and turned into orders of the shop."""
