"""SciPy's and scikit-learn's code for the array API standard, run on tensors: a program, because SciPy reads what it is
to do from the environment when it is imported.

    SCIPY_ARRAY_API=1 python users_of_the_standard.py scipy

Each call is made with arrays, with tensors, and with tensors that require a gradient. Prints what went wrong.
"""

import sys
import warnings

import numpy as np

import wengert


def scipy_calls() -> tuple:
    from scipy import cluster, differentiate, fft, integrate, ndimage, signal, special, stats
    from scipy.optimize import elementwise

    differentiable = {
        "expit": lambda x, y: special.expit(x), "gammaln": lambda x, y: special.gammaln(x),
        "polygamma": lambda x, y: special.polygamma(1, x), "multigammaln": lambda x, y: special.multigammaln(x + 2, 2),
        "zeta": lambda x, y: special.zeta(3.0, x), "sinc": lambda x, y: special.sinc(x),
        "chdtr": lambda x, y: special.chdtr(x, y), "ellipk": lambda x, y: special.ellipk(x / 3),
        "logsumexp": lambda x, y: special.logsumexp(x, axis=1), "xlogy": lambda x, y: special.xlogy(x, y),
        "softmax": lambda x, y: special.softmax(x, axis=1), "log_softmax": lambda x, y: special.log_softmax(x, axis=1),
        "rel_entr": lambda x, y: special.rel_entr(x, y), "zscore": lambda x, y: stats.zscore(x, axis=1),
        "skew": lambda x, y: stats.skew(x, axis=1), "kurtosis": lambda x, y: stats.kurtosis(x, axis=1),
        "moment": lambda x, y: stats.moment(x, order=3, axis=1), "gmean": lambda x, y: stats.gmean(x, axis=1),
        "hmean": lambda x, y: stats.hmean(x, axis=1), "pmean": lambda x, y: stats.pmean(x, 2, axis=1),
        "entropy": lambda x, y: stats.entropy(x, y, axis=1), "sem": lambda x, y: stats.sem(x, axis=1),
        "differential_entropy": lambda x, y: stats.differential_entropy(x, axis=1),
        "kstat": lambda x, y: stats.kstat(x, 3, axis=1), "circmean": lambda x, y: stats.circmean(x, axis=1),
        "boxcox_llf": lambda x, y: stats.boxcox_llf(0.5, x, axis=1), "variation": lambda x,
        y: stats.variation(x, axis=1),
        "directional_stats": lambda x, y: stats.directional_stats(x).mean_direction,
        "fft": lambda x, y: fft.fft(x).real, "rfft": lambda x, y: fft.rfft(x).imag,
        "fht": lambda x, y: fft.fht(x, 0.1, 0.5), "trapezoid": lambda x, y: integrate.trapezoid(x, axis=1),
        "cumulative_trapezoid": lambda x, y: integrate.cumulative_trapezoid(x, axis=1),
        "cumulative_simpson": lambda x, y: integrate.cumulative_simpson(x, axis=1),
        "hilbert": lambda x, y: signal.hilbert(x, axis=1).imag,
        "convolve": lambda x, y: signal.convolve(x, y[:, :3], method="fft"),
        "fftconvolve": lambda x, y: signal.fftconvolve(x, y[:, :3]), "whiten": lambda x, y: cluster.vq.whiten(x),
        "derivative": lambda x, y: differentiate.derivative(lambda z: z**3, x[0, :5]).df,
        "find_root": lambda x, y: elementwise.find_root(
            lambda z, c: z**3 - c, (x[0, :5] * 0, x[0, :5] * 0 + 3), args=(y[0, :5],)).x,
        "tanhsinh": lambda x, y: integrate.tanhsinh(
            lambda z, c: c * z**2, x[0, :3] * 0, x[0, :3], args=(y[0, :3],)).integral,
        "cubature": lambda x, y: integrate.cubature(lambda z: z[:, 0] ** 2, x[0, :1] * 0, x[0, :1]).estimate,
    }  # fmt: skip
    # SciPy hands these to compiled code: on tensors that require a gradient they raise.
    values_only = {
        "pearsonr": lambda x, y: stats.pearsonr(x, y, axis=1).pvalue,
        "ttest_ind": lambda x, y: stats.ttest_ind(x, y, axis=1).pvalue, "dct": lambda x, y: fft.dct(x),
        "detrend": lambda x, y: signal.detrend(x, axis=1), "gaussian_filter": lambda x,
        y: ndimage.gaussian_filter(x, 1.0),
        "vq": lambda x, y: cluster.vq.vq(x, y)[1],
    }  # fmt: skip
    rng = np.random.default_rng(0)
    return differentiable, values_only, [rng.uniform(0.1, 2, (4, 50)), rng.uniform(0.1, 2, (4, 50))]


def scikit_learn_calls() -> tuple:
    from sklearn.decomposition import PCA
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.linear_model import Ridge
    from sklearn.metrics import accuracy_score, mean_squared_error, r2_score
    from sklearn.metrics.pairwise import cosine_similarity, euclidean_distances, polynomial_kernel, rbf_kernel
    from sklearn.naive_bayes import GaussianNB
    from sklearn.preprocessing import KernelCenterer, MinMaxScaler, Normalizer, PolynomialFeatures, StandardScaler

    def signs(r):
        return wengert.tensor((r.detach().numpy() > 0).astype(int)) if isinstance(r, wengert.Tensor) else (r > 0) * 1

    differentiable = {
        "PCA": lambda X, r: PCA(2, svd_solver="full").fit(X).explained_variance_,
        "PCA.transform": lambda X, r: abs(PCA(2, svd_solver="covariance_eigh").fit_transform(X)),
        "Ridge": lambda X, r: Ridge(solver="svd").fit(X, r).coef_,
        "MinMaxScaler": lambda X, r: MinMaxScaler().fit_transform(X),
        "Normalizer": lambda X, r: Normalizer().fit_transform(X),
        "KernelCenterer": lambda X, r: KernelCenterer().fit_transform(X @ X.T),
        "PolynomialFeatures": lambda X, r: PolynomialFeatures(2).fit_transform(X),
        "rbf_kernel": lambda X, r: rbf_kernel(X), "cosine_similarity": lambda X, r: cosine_similarity(X),
        "euclidean_distances": lambda X, r: euclidean_distances(X, X[:3] + 1),
        "polynomial_kernel": lambda X, r: polynomial_kernel(X),
    }  # fmt: skip
    values_only = {
        # Its variance is joined with that of no elements, by a division of 0 by 0 whose result is then overwritten.
        "StandardScaler": lambda X, r: StandardScaler().fit_transform(X),
        "LinearDiscriminantAnalysis": lambda X, r: LinearDiscriminantAnalysis(solver="svd").fit(X, signs(r)).predict(X),
        "GaussianNB": lambda X, r: GaussianNB().fit(X, signs(r)).predict(X),
        "scores": lambda X, r: np.array(
            [mean_squared_error(r, r + 1), r2_score(r, r * 0.9), accuracy_score(signs(r), signs(r))]),
    }  # fmt: skip
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 4))
    return differentiable, values_only, [X, X @ np.arange(1.0, 5)]


def difference(name: str, call, arrays: list, gradient: bool, with_gradient: bool) -> str:
    """What is wrong with a call; the empty string if nothing is."""
    wanted = call(*arrays)
    tensors = [wengert.tensor(x, requires_grad=gradient) for x in arrays]
    # Much of this code writes over results that a derivative needs; they are kept.
    with wengert.autograd.graph.allow_mutation_on_saved_tensors():
        return _difference(name, call, arrays, tensors, wanted, gradient, with_gradient)


def _difference(name: str, call, arrays: list, tensors: list, wanted, gradient: bool, with_gradient: bool) -> str:
    try:
        found = call(*tensors)
    except RuntimeError as error:
        refused = "Can't call numpy() on Tensor that requires grad" in str(error) and gradient and not with_gradient
        return "" if refused else f"{name}: {error!r}"
    except Exception as error:
        return f"{name}: {error!r}"
    if not isinstance(found, (wengert.Tensor, np.ndarray)):
        return f"{name}: a result of type {type(found)}"
    values = found.detach().numpy() if isinstance(found, wengert.Tensor) else found
    if not np.allclose(values, wanted, rtol=1e-8, atol=1e-10):
        return f"{name}: another value"
    if not (gradient and with_gradient):
        return ""
    if not found.requires_grad:
        return f"{name}: out of the graph"
    weights = np.random.default_rng(2).uniform(0.5, 1.5, values.shape)
    (found * weights).sum().backward()
    rng = np.random.default_rng(3)
    # Along a random direction, the gradient is a difference quotient.
    directions = [rng.normal(size=x.shape) for x in arrays]
    step = 1e-6
    ahead, behind = [
        (call(*[x + signed * d for x, d in zip(arrays, directions, strict=True)]) * weights).sum()
        for signed in (step, -step)
    ]
    slope = sum([(x.grad.numpy() * d).sum() for x, d in zip(tensors, directions, strict=True) if x.grad is not None])
    if not np.isclose(slope, (ahead - behind) / (2 * step), rtol=1e-4, atol=1e-5):
        return f"{name}: slope {slope}, by differences {(ahead - behind) / (2 * step)}"
    return ""


def main(which: str) -> int:
    warnings.simplefilter("ignore")
    wengert.set_default_dtype(wengert.float64)
    if which == "scikit-learn":
        import sklearn

        sklearn.set_config(array_api_dispatch=True)
    differentiable, values_only, arrays = scipy_calls() if which == "scipy" else scikit_learn_calls()
    wrong = []
    for name, call in {**differentiable, **values_only}.items():
        for gradient in (False, True):
            wrong.append(difference(name, call, arrays, gradient, name in differentiable))
    print("\n".join([line for line in wrong if line]))
    return 1 if any(wrong) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
