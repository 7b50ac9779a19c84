"""What scipy does of the bench's fits. Objectives are scaled: the tests of its optimisers are absolute below 1."""

import functools
import itertools

import numpy as np
from chinchilla import DELTA, Chinchilla
from planted import planted
from resamples import counts
from scipy.optimize import minimize

SCALE = 1e4


@functools.cache
def law_of(number):
    return Chinchilla(planted(number)[0])


@functools.cache
def drawn(number, seed, resamples):
    return counts(seed, resamples, law_of(number).target.size)


def parameters(p):
    """A, B, E, alpha, beta of the centred ones."""
    exponents = np.exp(p[3:])
    return [*np.exp(p[:2] + exponents * np.log([1e9, 2e10])), np.exp(p[2]), *exponents]


def lbfgsb_grid(number):
    """L-BFGS-B from the 4500 points of the grid of Hoffmann et al., appendix D.3, with analytic gradients."""
    law = law_of(number)
    inputs = law.inputs + np.log([[1e9], [2e10]])

    def objective(p):
        terms = np.empty((3, law.target.size))
        terms[:2] = p[:2, None] - p[3:, None] * inputs
        terms[2] = p[2]
        top = terms.max(axis=0)
        np.exp(terms - top, out=terms)
        total = terms.sum(axis=0)
        terms /= total
        residual = top + np.log(total) - law.target
        slope = np.clip(residual, -DELTA, DELTA)
        gradient = np.empty(5)
        gradient[:3] = terms @ slope
        gradient[3:] = -(terms[:2] * inputs) @ slope
        return SCALE * (slope @ (residual - 0.5 * slope)), SCALE * gradient

    sizes, limits = [0.0, 5.0, 10.0, 15.0, 20.0, 25.0], [-1.0, -0.5, 0.0, 0.5, 1.0]
    exponents = [0.0, 0.5, 1.0, 1.5, 2.0]
    best = None
    for a, b, e, alpha, beta in itertools.product(sizes, sizes, limits, exponents, exponents):
        found = minimize(objective, np.array([a, b, e, alpha, beta]), jac=True, method="L-BFGS-B")
        if best is None or found.fun < best.fun:
            best = found
    a, b, e, alpha, beta = best.x
    return {"value": best.fun / SCALE, "parameters": [np.exp(a), np.exp(b), np.exp(e), alpha, beta]}


def nnls_bfgs(number):
    """BFGS from the three best points of a grid of exponents with non-negative least squares."""
    law = law_of(number)

    def objective(p):
        value, gradient = law.huber(p)
        return SCALE * value, SCALE * gradient

    ends = [minimize(objective, start, jac=True, method="BFGS") for start in law.starts(3)]
    best = min(ends, key=lambda end: end.fun)
    return {"value": best.fun / SCALE, "parameters": parameters(best.x)}


found = {}


def bootstrap(number, seed, resamples):
    """BFGS on every resample from the optimum and with its inverse Hessian, and the 95 % percentile intervals."""
    law = law_of(number)
    weights = drawn(number, seed, resamples)

    def objective(p, row):
        value, gradient = law.huber(p, weights=row)
        return SCALE * value, SCALE * gradient

    def fitted(start, row, **options):
        return minimize(objective, start, args=(row,), jac=True, method="BFGS", options=options)

    whole = np.ones(law.target.size)
    best = min((fitted(start, whole) for start in law.starts(3)), key=lambda end: end.fun)
    # Rounding breaks the symmetry that scipy asks for.
    inverse = 0.5 * (best.hess_inv + best.hess_inv.T)
    ends = [fitted(best.x, row, hess_inv0=inverse) for row in weights]
    draws = np.array([parameters(end.x) for end in ends])
    found[number, seed] = np.array([end.fun for end in ends]) / SCALE
    low, high = np.percentile(draws, [2.5, 97.5], axis=0)
    return {"low": list(low), "high": list(high)}


def compare_refits(number, seed, parameters):
    """By how much, as a share, the worst refit of either side lies above the other's on the same resample."""
    law, theirs = law_of(number), found[number, seed]
    draws = np.array(parameters).reshape(-1, 5)
    weights = drawn(number, seed, len(theirs))
    ours = []
    for (a, b, e, alpha, beta), row in zip(draws, weights, strict=True):
        centred = np.log([a, b]) - np.array([alpha, beta]) * np.log([1e9, 2e10])
        ours.append(law.huber(np.array([*centred, *np.log([e, alpha, beta])]), weights=row)[0])
    share = np.array(ours) / theirs - 1.0
    return {"above": float(max(share.max(), 0.0)), "below": float(max(-share.min(), 0.0))}
