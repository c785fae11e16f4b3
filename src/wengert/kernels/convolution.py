from .convolution_taps import *
