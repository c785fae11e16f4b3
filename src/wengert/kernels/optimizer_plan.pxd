# One parameter's step of stochastic gradient descent on n elements side by side.
ctypedef struct SgdStep:
    void* parameter
    void* gradient
    void* buffer             # NULL without momentum
    bint first               # the buffer is new: it takes the gradient
    bint nesterov
    double lr
    double momentum
    double keep              # 1 - dampening
    double weight_decay
    double sign              # -1 to maximize
