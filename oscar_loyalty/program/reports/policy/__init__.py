"""What reports are made of, and their arithmetic."""
