"""What may happen without a question, and the grammar that proves a command harmless."""
