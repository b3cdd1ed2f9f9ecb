"""What staff see in Oscar's dashboard."""
