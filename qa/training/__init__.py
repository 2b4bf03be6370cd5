"""Pretraining, training, tuning and export of a reader of the bundled kind. Nothing that answers questions imports this package."""
