"""The resamples that the Rust core draws for a seed, so that both sides refit the same rows.

Stream b of a seed is xoshiro256++ (Blackman and Vigna 2021) seeded through SplitMix64's finaliser; indices are Lemire's
(2019). See crates/thinkscale-core/src/stats/random.rs.
"""

import numpy as np

MASK = (1 << 64) - 1


def mix(value):
    z = (value + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def rotated(value, by):
    return ((value << by) | (value >> (64 - by))) & MASK


def stream(seed, unit):
    state = mix(rotated(mix(seed), 25) ^ mix(unit))
    s = []
    for _ in range(4):
        s.append(mix(state))
        state = (state + 0x9E3779B97F4A7C15) & MASK
    while True:
        yield (rotated((s[0] + s[3]) & MASK, 23) + s[0]) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotated(s[3], 45)


def below(random, bound):
    threshold = (1 << 64) % bound
    while True:
        wide = next(random) * bound
        if (wide & MASK) >= threshold:
            return wide >> 64


def counts(seed, resamples, rows):
    """How often each row was drawn, a resample a row."""
    drawn = np.zeros((resamples, rows))
    for resample in range(resamples):
        random = stream(seed, resample)
        for _ in range(rows):
            drawn[resample, below(random, rows)] += 1
    return drawn
