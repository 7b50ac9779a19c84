"""Planted Chinchilla data, by the arithmetic of crates/thinkscale-core/tests/second_optimiser.rs.

loss = e + a (n/1e9)^-alpha + b (d/2e10)^-beta times exp(spread t), t of Student's law with 3 degrees of freedom. All
figures are whole numbers, so that a library's last digit does not matter: millions of parameters and of tokens,
millionths of the loss.
"""

import math

SETS = 100
POINTS = 240
MASK = (1 << 64) - 1


def splitmix(state):
    """Uniform numbers between 0 and 1, both excluded (Steele, Lea and Flood 2014)."""
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        z ^= z >> 31
        yield ((z >> 11) + 0.5) * 2.0**-53


def planted(number):
    """The points (n, d, loss) of a data set, and its law as {A, B, E, alpha, beta}."""
    random = splitmix(number)
    alpha = 0.25 + 0.2 * next(random)
    beta = 0.25 + 0.2 * next(random)
    a = 0.2 + 0.4 * next(random)
    b = 0.2 + 0.4 * next(random)
    e = 1.5 + 0.5 * next(random)
    spread = 0.002 * 10.0 ** next(random)
    points = []
    for _ in range(POINTS):
        n = math.floor(50.0 * 320.0 ** next(random) + 0.5)
        d = math.floor(1000.0 * 400.0 ** next(random) + 0.5)
        # Bailey 1994, "Polar generation of random variates with the t-distribution".
        size = math.sqrt(3.0 * (next(random) ** (-2.0 / 3.0) - 1.0))
        t = size * math.cos(2.0 * math.pi * next(random))
        loss = e + a * (n / 1000.0) ** -alpha + b * (d / 20000.0) ** -beta
        points.append((n, d, math.floor(1e6 * loss * math.exp(spread * t) + 0.5)))
    law = {"A": a * 1e9**alpha, "B": b * 2e10**beta, "E": e, "alpha": alpha, "beta": beta}
    return points, law


def checksum():
    """FNV-1a over the numbers of all sets, a number at a time."""
    value = 0xCBF29CE484222325
    for number in range(SETS):
        for point in planted(number)[0]:
            for figure in point:
                value = ((value ^ figure) * 0x100000001B3) & MASK
    return f"{value:016x}"
