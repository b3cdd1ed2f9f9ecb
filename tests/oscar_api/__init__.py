"""A shop whose baskets and orders come in by django-oscar-api."""
