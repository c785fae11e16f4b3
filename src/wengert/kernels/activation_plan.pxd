# The gradient of a threshold on elements side by side.
ctypedef struct ThresholdGradient:
    void* gradient
    void* result
    void* out
