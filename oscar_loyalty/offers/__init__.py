"""Our conditions and benefits inside Oscar's offers. Rows name these classes: they never move."""
