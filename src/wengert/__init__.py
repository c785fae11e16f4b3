"""Wengert: define-by-run tensors and automatic differentiation on NumPy's arrays."""
