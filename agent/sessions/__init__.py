"""Sessions on their shelf: opened, reopened, gone back in, exported."""
