"""Whole sentences for shoppers, as pages and messages tell them."""
