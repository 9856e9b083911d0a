"""A whole portal on one machine, for ./dev and for the tests: every part started for real, all state in one folder."""
