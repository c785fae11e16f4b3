from wengert.kernels.elementwise cimport Loops

cdef enum Source:
    INPUT = 0        # a saved input
    RESULT = 1       # a saved result
    PARAMETER = 2    # a parameter of the call
    SHAPE = 3        # the shape of an input

# A rule whose arithmetic was traced: a straight line of elementwise loops on arrays.
# Values are numbered: 0 is t, then the rule's sources, then the constants, then the results of the steps.
cdef class Program:
    cdef list loops
    cdef list first
    cdef list second            # -1 for a step of one operand
    cdef list constants
    cdef list guards            # of (source, constant): it holds only where no element equals the constant; or None
    cdef int sources
    cdef int result
    cdef int count
    cdef int first0, second0    # of the first step, for programs of one
    cdef Loops loops0

    cdef bint applies(self, object source0, list sources)
    cdef object run(self, object t, object source0, object source1, list sources)
    cdef object pick(self, int number, object t, object source0, object source1, list sources, list steps)
    cdef object spare(self, int k, object x, object y, list steps)

# One derivative rule and what the call must keep for it.
cdef class Rule:
    cdef readonly object function
    cdef int count                     # number of sources
    cdef readonly tuple kinds          # of Source
    cdef readonly tuple indices
    cdef int kind0, index0             # of the first source
    cdef unsigned long saves_inputs    # a bit per input
    cdef unsigned long saves_results   # a bit per output
    cdef unsigned long wants_shapes    # a bit per input
    cdef bint wants_parameters
    cdef bint traced
    cdef Program program               # None: call the function
