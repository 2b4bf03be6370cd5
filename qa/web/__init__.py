"""The page's own pieces: rendering, strings, uploads, sign-in, background jobs. Nothing of this is needed without a page."""
