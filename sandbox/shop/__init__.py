"""What makes the sandbox a shop of its own: goods, people with a past, and a loyalty programme."""
