"""Random programs, run here and in PyTorch, must do the same.

A program (`programs.py`) is a list of lines of Python in which `t` is the library. `strategies.py` draws them,
`test_fuzz.py` runs 300, `test_regressions.py` those that once disagreed, `long_run.py` (`make fuzz`) as many as asked.
"""
