"""What numpy does of the bench's kernels."""

import functools

import numpy as np

PROBLEMS = 1000
SAMPLES = 256


@functools.cache
def ln_factorials(most):
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1.0, most + 1)))])


@functools.cache
def counted(samples, largest_k, ks):
    """Successes of problems that are hard and easy alike, and ks even in the logarithm (all of them where they fit)."""
    random = np.random.default_rng(1)
    successes = random.binomial(samples, random.beta(0.5, 1.0, PROBLEMS))
    wanted = ks
    while True:
        values = np.unique(np.round(np.geomspace(1, largest_k, wanted)).astype(np.int64))
        if values.size >= ks or wanted > 100 * ks:
            break
        wanted += 1
    if largest_k == ks:
        values = np.arange(1, ks + 1)
    return np.full(PROBLEMS, samples), successes, values[:ks]


def pass_at_k_data(samples, largest_k, ks):
    n, c, values = counted(samples, largest_k, ks)
    return {"samples": n.tolist(), "successes": c.tolist(), "ks": values.tolist()}


@functools.cache
def buffers(columns):
    """Memory that is used again, as on the other side: new memory costs more time than what is written to it."""
    shape = (PROBLEMS, columns)
    return np.empty(shape, dtype=np.int64), np.empty(shape, dtype=bool), np.empty(shape)


def pass_at_k(samples, largest_k, ks):
    """1 - C(n - c, k)/C(n, k) of every problem and k, with the table made before."""
    n, c, k = counted(samples, largest_k, ks)
    table = ln_factorials(samples)
    rest, certain, values = buffers(k.size)
    wrong = n - c
    np.subtract(wrong[:, None], k, out=rest)
    # Where fewer wrong samples than k are left, every draw has a right one.
    np.less(rest, 0, out=certain)
    np.take(table, rest, out=values, mode="clip")
    np.subtract((table[wrong] - table[n])[:, None], values, out=values)
    np.add(values, table[samples - k], out=values)
    np.expm1(values, out=values)
    np.negative(values, out=values)
    np.copyto(values, 1.0, where=certain)
    return values


def pass_at_k_values(samples, largest_k, ks):
    return {"values": pass_at_k(samples, largest_k, ks).ravel().tolist()}


@functools.cache
def pools():
    """Answers of every problem: a third of the problems are easy, the others spread over wrong answers."""
    random = np.random.default_rng(2)
    answers = np.empty((PROBLEMS, SAMPLES), dtype=np.int32)
    right = np.empty(PROBLEMS, dtype=np.int32)
    for problem in range(PROBLEMS):
        chances = 1.0 / np.arange(1.0, 33.0) ** random.uniform(0.5, 2.0)
        order = random.permutation(32)
        answers[problem] = order[random.choice(32, SAMPLES, p=chances / chances.sum())]
        right[problem] = order[min(random.geometric(0.6) - 1, 31)]
        answers[problem, random.random(SAMPLES) < 0.05] = -1
    return answers, right


def pools_data():
    answers, right = pools()
    return {
        "answers": answers.ravel().tolist(),
        "correct": (answers == right[:, None]).astype(int).ravel().tolist(),
        "samples": SAMPLES,
    }


def majority_bootstrap(resamples, seed):
    """The vote of every pool, ties shared, and its mean over resampled problems."""
    answers, right = pools()
    random = np.random.default_rng(seed)
    # Answer -1 falls into a column of its own, which does not vote.
    width = int(answers.max()) + 2
    places = answers + (1 + width * np.arange(PROBLEMS, dtype=np.int32))[:, None]
    votes = np.bincount(places.ravel(), minlength=PROBLEMS * width).reshape(PROBLEMS, width)[:, 1:]
    best = votes.max(axis=1)
    tied = votes == best[:, None]
    won = tied[np.arange(PROBLEMS), right] & (best > 0)
    values = won / tied.sum(axis=1)
    drawn = random.integers(PROBLEMS, size=(resamples, PROBLEMS), dtype=np.int32)
    means = values.take(drawn).mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return {"mean": values.mean(), "error": means.std(ddof=1), "low": low, "high": high}
