"""What happens when …: one story a file, one transaction, read top to bottom."""
