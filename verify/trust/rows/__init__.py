"""The rows of the trust suite, by what they do to the system."""
