//! Nothing: the programs beside this file are the examples, and `tests/` runs them.
