"""What an operation of the table lacks, and why. An entry that starts to work fails until it is struck."""

# (operation, check) -> reason
GAPS: dict[tuple[str, str], str] = {}

# Operations that have no row of samples, because they are reached only through something else that is tested by itself.
WITHOUT_SAMPLES: dict[str, str] = {
    "view_scatter": "written by in-place changes of views; its steps are operations, see tests/core/test_in_place.py",
    "imag_part": "real samples have no imaginary part; see tests/ops/test_complex_numbers.py",
}
