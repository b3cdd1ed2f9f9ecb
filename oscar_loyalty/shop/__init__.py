"""All we know about Oscar; nothing else below the doors speaks its language."""
