"""What the plugin's speed is measured against; see README.md here."""
