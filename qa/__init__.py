"""Online: a question becomes a cited answer."""
