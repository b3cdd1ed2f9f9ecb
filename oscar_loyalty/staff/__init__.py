"""What staff do, whichever door they come by: the Django admin or Oscar's dashboard."""
