"""Offline: a folder of documents becomes a saved, searchable index."""
