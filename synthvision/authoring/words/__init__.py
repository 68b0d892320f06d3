"""Scenarios from words: a language model writes a scene file, which is checked before anyone may use it."""
