"""What Python declares, PostgreSQL verifies: a function and its statement against a migrated database."""
