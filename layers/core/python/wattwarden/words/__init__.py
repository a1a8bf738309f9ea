"""The catalogue: a code and numbers become a sentence in the reader's language."""
