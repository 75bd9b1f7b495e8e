"""A foreign application: a schema and queries of its own, as a host would bring them."""
