"""Convolution by products over patches; see `convolution_taps`."""

from .convolution_taps import convolution, convolution_input_gradient, convolution_weight_gradient

__all__ = ["convolution", "convolution_input_gradient", "convolution_weight_gradient"]
