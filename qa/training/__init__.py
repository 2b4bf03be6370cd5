"""Training, tuning and export of the word-aware reader. Nothing that answers questions imports this package."""
