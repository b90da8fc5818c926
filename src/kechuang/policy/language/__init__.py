"""The expression language: values, typed trees, functions, the reader of expressions."""
