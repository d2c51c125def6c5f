"""What is configured: the file, its profiles and providers, and what holds in the end."""
