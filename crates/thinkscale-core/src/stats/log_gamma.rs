//! Differences of log-gamma functions and of their derivatives, without the cancellation of plain subtraction.
//!
//! ln Γ(10^6) is about 1.3·10^7, so a difference of two such values keeps an absolute error near 10^-9: three digits
//! of a pass@k of 10^-6. The functions here subtract the large parts of Stirling's series by hand and leave only
//! `ln_1p` terms of the size of the result.
//!
//! With s(x) = ln Γ(x) − [(x − ½) ln x − x + ½ ln 2π], s(x) = 1/(12x) − 1/(360x³) + … (Abramowitz and Stegun 6.1.40)
//! and, for small x, s(x) = s(x + 1) + (x + ½) ln(1 + 1/x) − 1.

/// Arguments from which the truncated asymptotic series below are exact to rounding.
const SERIES_FROM: f64 = 16.0;
/// Up to this many terms a rising product is summed directly, which is both exact and faster than two series.
const DIRECT_TERMS: f64 = 16.0;

/// What Stirling's leading terms leave of ln Γ(x), for x > 0.
fn stirling_remainder(x: f64) -> f64 {
    let mut shifted = x;
    let mut correction = 0.0;
    while shifted < SERIES_FROM {
        correction += (shifted + 0.5) * (1.0 / shifted).ln_1p() - 1.0;
        shifted += 1.0;
    }
    let inverse = 1.0 / shifted;
    let square = inverse * inverse;
    let series = inverse
        * (1.0 / 12.0
            - square
                * (1.0 / 360.0
                    - square
                        * (1.0 / 1260.0
                            - square
                                * (1.0 / 1680.0 - square * (1.0 / 1188.0 - square * (691.0 / 360_360.0))))));
    series + correction
}

/// ln Γ(x + m) − ln Γ(x), the log of the rising factorial x(x+1)…(x+m−1), for x > 0 and m ≥ 0 (not only integers).
pub fn ln_rising(x: f64, m: f64) -> f64 {
    if m <= DIRECT_TERMS && m.fract() == 0.0 {
        return (0..m as u32).map(|j| (x + f64::from(j)).ln()).sum();
    }
    (x - 0.5) * (m / x).ln_1p() + m * (x + m).ln() - m + stirling_remainder(x + m) - stirling_remainder(x)
}

/// d/dx [`ln_rising`] = ψ(x + m) − ψ(x).
pub fn digamma_difference(x: f64, m: f64) -> f64 {
    if m <= DIRECT_TERMS && m.fract() == 0.0 {
        return (0..m as u32).map(|j| 1.0 / (x + f64::from(j))).sum();
    }
    let tail = |argument: f64| {
        let square = 1.0 / (argument * argument);
        let series = square
            * (1.0 / 12.0
                - square
                    * (1.0 / 120.0
                        - square
                            * (1.0 / 252.0
                                - square
                                    * (1.0 / 240.0 - square * (1.0 / 132.0 - square * (691.0 / 32_760.0))))));
        -0.5 / argument - series
    };
    let (low, low_sum) = shift(x, |argument| 1.0 / argument);
    let (high, high_sum) = shift(x + m, |argument| 1.0 / argument);
    ((high - low) / low).ln_1p() + tail(high) - tail(low) - high_sum + low_sum
}

/// d²/dx² [`ln_rising`] = ψ′(x + m) − ψ′(x), which is negative.
pub fn trigamma_difference(x: f64, m: f64) -> f64 {
    if m <= DIRECT_TERMS && m.fract() == 0.0 {
        return -(0..m as u32).map(|j| (x + f64::from(j)).powi(-2)).sum::<f64>();
    }
    trigamma(x + m) - trigamma(x)
}

fn trigamma(x: f64) -> f64 {
    let (shifted, sum) = shift(x, |argument| 1.0 / (argument * argument));
    let inverse = 1.0 / shifted;
    let square = inverse * inverse;
    let series = inverse
        * (1.0
            + inverse
                * (0.5
                    + inverse
                        * (1.0 / 6.0
                            - square
                                * (1.0 / 30.0
                                    - square
                                        * (1.0 / 42.0 - square * (1.0 / 30.0 - square * (5.0 / 66.0)))))));
    series + sum
}

/// Moves an argument up into the range of the series and sums what the recurrence takes away on the way.
fn shift(x: f64, term: impl Fn(f64) -> f64) -> (f64, f64) {
    let mut shifted = x;
    let mut sum = 0.0;
    while shifted < SERIES_FROM {
        sum += term(shifted);
        shifted += 1.0;
    }
    (shifted, sum)
}

/// ln [Γ(d + u) Γ(d + v) / (Γ(d) Γ(d + u + v))], for d > 0 and u, v ≥ 0; at most 0 and symmetric in u and v.
///
/// This one second difference is both ln [C(n−c, k) / C(n, k)] (d = n − c − k + 1, u = c, v = k) and
/// ln [B(α, β + k) / B(α, β)] (d = β, u = α, v = k).
pub fn ln_gamma_cross(d: f64, u: f64, v: f64) -> f64 {
    let (a, b, c) = (d + u + v, d + v, d + u);
    // b·c − a·d = u·v, so no large numbers are subtracted: every term has the size of u·v/a.
    (a - 0.5) * (u * v / (a * d)).ln_1p()
        + u * (-v / b).ln_1p()
        + v * (-u / c).ln_1p()
        + stirling_remainder(b)
        + stirling_remainder(c)
        - stirling_remainder(a)
        - stirling_remainder(d)
}

/// ln C(n, k), for 0 ≤ k ≤ n.
pub fn ln_binomial(n: f64, k: f64) -> f64 {
    // 1/C(n, k) = Γ(1 + k) Γ(1 + n − k) / (Γ(1) Γ(1 + n)).
    -ln_gamma_cross(1.0, k, n - k)
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::function::gamma::{digamma, ln_gamma};

    fn close(got: f64, expected: f64, relative: f64) {
        assert!(
            (got - expected).abs() <= relative * expected.abs().max(1.0),
            "expected {expected}, got {got}"
        );
    }

    #[test]
    fn agrees_with_statrs_where_subtraction_is_safe() {
        for x in [1e-3, 0.2, 0.5, 1.0, 1.7, 4.0, 15.9, 16.1, 40.0] {
            for m in [0.0, 0.3, 1.0, 2.5, 16.0, 17.0, 33.0, 100.0] {
                close(ln_rising(x, m), ln_gamma(x + m) - ln_gamma(x), 1e-12);
                close(digamma_difference(x, m), digamma(x + m) - digamma(x), 1e-12);
                for u in [0.1, 1.0, 3.0, 50.0] {
                    let plain = ln_gamma(x + u) + ln_gamma(x + m) - ln_gamma(x) - ln_gamma(x + u + m);
                    close(ln_gamma_cross(x, u, m), plain, 1e-11);
                }
            }
        }
    }

    #[test]
    fn derivatives_match_central_differences() {
        for x in [0.05, 0.7, 3.0, 20.0, 500.0] {
            for m in [1.0, 5.0, 16.0, 30.0, 1000.0] {
                let step = 1e-5 * x;
                let slope = (ln_rising(x + step, m) - ln_rising(x - step, m)) / (2.0 * step);
                close(digamma_difference(x, m), slope, 1e-7);
                let bend = (digamma_difference(x + step, m) - digamma_difference(x - step, m)) / (2.0 * step);
                close(trigamma_difference(x, m), bend, 1e-7);
            }
        }
    }

    #[test]
    fn the_direct_sum_and_the_series_meet() {
        for x in [0.01, 0.5, 2.0, 30.0, 1e5] {
            let direct: f64 = (0..17).map(|j| (x + f64::from(j)).ln()).sum();
            close(ln_rising(x, 17.0), direct, 1e-14);
            let direct: f64 = (0..17).map(|j| 1.0 / (x + f64::from(j))).sum();
            close(digamma_difference(x, 17.0) / direct, 1.0, 1e-12);
        }
    }

    #[test]
    fn binomials_are_exact_for_small_numbers() {
        close(ln_binomial(5.0, 2.0).exp(), 10.0, 1e-14);
        close(ln_binomial(52.0, 5.0).exp(), 2_598_960.0, 1e-13);
        close(ln_binomial(7.0, 0.0), 0.0, 1e-15);
        close(ln_binomial(7.0, 7.0), 0.0, 1e-15);
    }
}
