"""Oscar's shipping app, forked for the shop's own methods."""
