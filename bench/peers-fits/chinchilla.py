"""The Chinchilla law on a data set, as scipy's optimisers want it.

ln f = logsumexp(a - alpha x, b - beta z, e), x = ln(n/1e9), z = ln(d/2e10), residuals ln f - ln loss. The parameters are
a, b, e and the logarithms of alpha and beta; centred inputs keep them apart.
"""

import itertools

import numpy as np
from scipy.optimize import nnls

DELTA = 1e-3


class Chinchilla:
    def __init__(self, points):
        n, d, loss = np.array(points, dtype=float).T
        self.loss = loss / 1e6
        self.inputs = np.stack([np.log(n / 1e3), np.log(d / 2e4)])
        self.target = np.log(self.loss)

    def residuals(self, p):
        """Residuals and their derivatives, a row a parameter."""
        exponents = np.exp(p[3:])
        terms = np.empty((3, self.target.size))
        terms[:2] = p[:2, None] - exponents[:, None] * self.inputs
        terms[2] = p[2]
        top = terms.max(axis=0)
        np.exp(terms - top, out=terms)
        total = terms.sum(axis=0)
        terms /= total
        slopes = np.empty((5, self.target.size))
        slopes[:3] = terms
        slopes[3:] = -terms[:2] * exponents[:, None] * self.inputs
        return top + np.log(total) - self.target, slopes

    def huber(self, p, delta=DELTA, weights=None):
        """The sum of Huber's losses and its gradient."""
        residual, slopes = self.residuals(p)
        slope = np.clip(residual, -delta, delta)
        cost = slope * (residual - 0.5 * slope)
        if weights is not None:
            return cost @ weights, slopes @ (weights * slope)
        return cost.sum(), slopes @ slope

    def absolute(self, p):
        """The sum of absolute residuals."""
        return np.abs(self.residuals(p)[0]).sum()

    def starts(self, count):
        """The best points of a grid of exponents, each with its best non-negative coefficients."""
        found = []
        basis = np.ones((3, self.target.size))
        rows = np.ones(self.target.size)
        values = np.geomspace(0.1, 0.8, 8)
        first = np.exp(-values[:, None] * self.inputs[0]) / self.loss
        second = np.exp(-values[:, None] * self.inputs[1]) / self.loss
        basis[2] = 1.0 / self.loss
        for i, j in itertools.product(range(8), repeat=2):
            basis[0], basis[1] = first[i], second[j]
            coefficients, norm = nnls(basis.T, rows)
            found.append((norm, np.log(np.maximum(coefficients, 1e-3)), values[[i, j]]))
        found.sort(key=lambda start: start[0])
        return [np.concatenate([start, np.log(exponents)]) for _, start, exponents in found[:count]]
