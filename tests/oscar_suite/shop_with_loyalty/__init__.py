"""The shop of Oscar's own tests, with the plugin installed and a programme running."""
