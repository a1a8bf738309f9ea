"""A hostel that does not exist: its generator, its labelled corpus, its live simulation and its replay tools."""
