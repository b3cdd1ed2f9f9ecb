"""Which methods the checkout offers; the first one is what the basket page estimates with."""

from oscar.apps.shipping import repository

from .methods import Express, Standard


class Repository(repository.Repository):
    methods = (Standard(), Express())
