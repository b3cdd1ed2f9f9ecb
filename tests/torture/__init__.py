"""
Many processes do to a few accounts whatever anybody may, and are killed while they do it.

``python -m tests.torture`` runs it for as long as DURATION says; what is left behind is swept up
by the due jobs and then audited, by the shop's own audit and by statements that know nothing of it.
"""
