"""The data lake on the laptop: queries without Athena, and the proof that everything follows from its raw files."""
