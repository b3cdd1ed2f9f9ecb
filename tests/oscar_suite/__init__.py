"""Oscar's own test suite, run over a shop with the plugin: ``make test-oscar OSCAR=PATH``."""
