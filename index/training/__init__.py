"""Training of embedders: new ones from text pairs, and the adaptation of one to a user's own documents."""
