"""The checks of `validate`: one function each, named by what must hold."""
