"""What an operation of the table lacks, and why. An entry that starts to work fails until it is struck."""

# (operation, check) -> reason
GAPS: dict[tuple[str, str], str] = {}

# Operations that have no row of samples, because they are reached only through something else that is tested by itself.
WITHOUT_SAMPLES: dict[str, str] = {
    "view_scatter": "written by in-place changes of views; its steps are operations, see tests/core/test_in_place.py",
    "imag_part": "real samples have no imaginary part; see tests/ops/test_complex_numbers.py",
    **dict.fromkeys(
        ("lu_decomposition", "factored_system", "triangular_system", "inverse_of", "determinant", "cofactors",
         "sign_and_log_of_determinant", "triangular_factors", "permutation_of", "cholesky_factor", "ldl_decomposition",
         "ldl_system", "thin_qr", "whole_qr", "singular_decomposition", "singular_values_only",
         "hermitian_decomposition", "hermitian_values_only", "eigen_decomposition", "eigenvalues_only",
         "pseudo_inverse", "least_squares_solution", "exponential", "reflections", "fast_householder_product",
         "fast_householder_multiply"),
        "what functions of linalg are made of: factors of special matrices, or determined up to a phase",
    ),
    **dict.fromkeys(
        ("held_constant", "gamma_path", "log_gamma_path", "gamma_slope", "gamma_curvature"),
        "samples with derivatives along their path, no functions of their inputs; see tests/distributions",
    ),
    **dict.fromkeys(
        ("rnn_layer", "lstm_layer", "gru_layer", "attention"),
        "results that their reverse passes read stand beside those of the functions made of them, which have rows",
    ),
    **dict.fromkeys(
        ("standardized", "standardized_by"),
        "what layer_norm, batch_norm and their kin are made of, with statistics that have no gradient",
    ),
    "ctc_losses": "integers beside it say which paths count, so that samples cannot be drawn; ctc_loss has rows",
    "reinterpret": "reads memory as another type, without a derivative; see tests/ops/test_shapes.py",
    **dict.fromkeys(
        ("lambert", "faddeeva"),
        "of complex numbers alone, which real ones become; see tests/interop/test_scipy_ufuncs.py",
    ),
    **dict.fromkeys(
        ("riemann_zeta", "zetac"), "no derivative has a closed form; see tests/interop/test_scipy_ufuncs.py"
    ),
    "view_as_real": "real samples are no pairs; see tests/ops/test_complex_numbers.py",
}

# Public functions that have no row, because there is no operand whose values they depend on.
WITHOUT_ROWS: dict[str, str] = {
    **dict.fromkeys(
        ("zeros", "ones", "empty", "empty_like", "full", "scalar_tensor", "eye", "empty_strided", "empty_permuted",
         "arange", "range", "linspace", "logspace", "tril_indices", "triu_indices", "bartlett_window", "hann_window",
         "hamming_window", "blackman_window", "kaiser_window"),
        "makes a tensor of its arguments; see tests/oracle/test_shapes.py",
    ),
    **dict.fromkeys(("fft.fftfreq", "fft.rfftfreq"), "makes a tensor of its arguments; see tests/ops/test_fft.py"),
    **dict.fromkeys(
        ("tensor", "as_tensor", "from_numpy", "asarray", "frombuffer", "from_file"),
        "makes a tensor of what is none; see tests/ops/test_memory.py and tests/interop/test_interchange.py",
    ),
    **dict.fromkeys(
        ("manual_seed", "seed", "initial_seed", "get_rng_state", "set_rng_state"),
        "the state of the generator; see tests/ops/test_random.py",
    ),
    **dict.fromkeys(
        ("get_device", "typename", "is_storage", "broadcast_shapes"),
        "a question about what is given, no values; see tests/oracle/test_shapes.py",
    ),
    **dict.fromkeys(
        ("numel", "is_tensor", "is_inference"), "a question about a tensor, no values; see tests/ops/test_conversion.py"
    ),
    **dict.fromkeys(
        ("result_type", "promote_types", "can_cast"), "a question about dtypes; see tests/oracle/test_promotion.py"
    ),
    **dict.fromkeys(
        ("nn.functional.upsample", "nn.functional.upsample_nearest", "nn.functional.upsample_bilinear"),
        "interpolate under an older name, which warns; see tests/nn/test_resampling.py",
    ),
    "resize_as_": "changes the size of its operand; see tests/oracle/test_shapes.py",
}

# Operations of real numbers alone, which refuse complex ones as PyTorch does.
REAL_ONLY: dict[str, str] = {
    **dict.fromkeys(
        ("maximum", "minimum", "lt", "le", "gt", "ge", "clamp", "relu", "threshold_gradient", "amax", "amin",
         "max_along", "min_along", "largest", "smallest", "middle", "nanmiddle", "median_place", "nanmedian_place",
         "mode_place", "cummax_along", "cummin_along", "argmax", "argmin", "sorted_positions", "max_pool",
          "scatter_extremum", "largest_positions", "kth_position", "adaptive_max", "fractional_max"),
        "complex numbers have no order",
    ),
    **dict.fromkeys(("floor", "ceil", "trunc", "round", "frac", "floor_divide", "remainder", "fmod"), "no rounding"),
    **dict.fromkeys(("sign", "atan2", "hypot", "erf", "erfc"), "defined for real numbers; see sgn, angle and abs"),
    **dict.fromkeys(("softmax", "log_softmax", "softmax_gradient", "log_softmax_gradient"), "probabilities are real"),
    **dict.fromkeys(("cbrt", "spacing"), "only in NumPy, and there of real numbers"),
    **dict.fromkeys(
        ("fmax", "fmin", "heaviside", "nextafter", "isposinf", "isneginf", "signbit", "leaky_relu", "hardtanh",
         "hardshrink", "softshrink", "threshold", "prelu_kernel"),
        "complex numbers have no order",
    ),
    **dict.fromkeys(
        ("logaddexp2", "xlogy", "deg2rad", "rad2deg", "copysign", "frexp_parts", "elu", "celu", "selu", "hardsigmoid",
         "hardswish", "mish", "softplus", "log_sigmoid", "gelu", "leaky_relu_gradient", "hardtanh_gradient",
         "hardswish_gradient", "elu_gradient", "mish_gradient", "softplus_gradient", "gelu_gradient"),
        "defined for real numbers",
    ),
    **dict.fromkeys(("complex", "complex_view"), "makes complex numbers of real ones"),
}  # fmt: skip
