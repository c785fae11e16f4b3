cdef enum:
    MOST_NUMBERS = 10        # the longest tuple of numbers that a rule takes
    MOST_STATES = 3          # the most arrays of state beside a parameter

cdef enum:
    SGD
    ADAM
    NADAM
    RADAM
    ADAMAX
    ADAGRAD
    ADADELTA
    RMSPROP
    RPROP
    ASGD
    NUMBER_OF_RULES

# One parameter's step on n elements side by side: all pointers are to float, or all to double.
ctypedef struct Step:
    int rule
    void* parameter
    void* gradient
    void* state[MOST_STATES]     # NULL for state that the rule does without
    double number[MOST_NUMBERS]  # what does not differ from element to element, as the rule lists it

# What a rule needs.
ctypedef struct Needs:
    int numbers              # how many
    int states               # how many arrays of state it knows
    int required             # how many of them, from the first, it cannot do without
