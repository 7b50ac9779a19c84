//! Times of the kernels that a report runs for every budget: pass@k, maj@k, bootstrap and both fits.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rand_core::Rng;
use thinkscale_core::laws::{FitOptions, fit_beta_binomial, fit_saturating_power};
use thinkscale_core::stats::random::{below, stream};
use thinkscale_core::stats::{bootstrap_mean, pass_at_k};
use thinkscale_core::votes::{majority_at_k, weighted_vote_at_k};

fn uniform(rng: &mut impl Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 * 2.0_f64.powi(-53)
}

fn bench_pass_at_k(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pass_at_k");
    let ks: Vec<u32> = (0..14).map(|power| 1 << power).collect();
    for problems in [100, 10_000] {
        let samples = vec![10_000_u32; problems];
        let successes: Vec<u32> = (0..problems as u32).map(|i| i * 37 % 10_000).collect();
        group.throughput(Throughput::Elements((problems * ks.len()) as u64));
        group.bench_function(BenchmarkId::new("n=10000, 14 ks", problems), |bencher| {
            bencher.iter(|| pass_at_k(black_box(&samples), &successes, &ks).unwrap());
        });
    }
    group.finish();
}

/// A pool in which answer i is drawn with probability proportional to 1/(i + 1).
fn pool(n: usize, distinct: usize, seed: u64) -> Vec<i32> {
    let mut rng = stream(seed, &[]);
    let total: f64 = (1..=distinct).map(|i| 1.0 / i as f64).sum();
    (0..n)
        .map(|_| {
            let mut left = uniform(&mut rng) * total;
            (0..distinct as i32)
                .find(|&answer| {
                    left -= 1.0 / f64::from(answer + 1);
                    left <= 0.0
                })
                .unwrap_or(0)
        })
        .collect()
}

fn bench_majority_at_k(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("majority_at_k");
    group.sample_size(10);
    for (n, distinct) in [(64_usize, 20), (256, 36), (256, 200), (1024, 100)] {
        let answers = pool(n, distinct, 1);
        let correct: Vec<u8> = answers.iter().map(|&answer| u8::from(answer == 0)).collect();
        let ks: Vec<u32> = (0..=n.ilog2()).map(|power| 1 << power).collect();
        let offsets = [0, n as u32];
        group.bench_function(format!("one problem, n={n}, {distinct} answers"), |bencher| {
            bencher.iter(|| majority_at_k(black_box(&answers), &correct, &offsets, &ks).unwrap());
        });
    }
    let answers = pool(256, 36, 1);
    let correct: Vec<u8> = answers.iter().map(|&answer| u8::from(answer == 0)).collect();
    let all: Vec<u32> = (1..=256).collect();
    group.bench_function("one problem, n=256, 36 answers, all 256 ks", |bencher| {
        bencher.iter(|| majority_at_k(black_box(&answers), &correct, &[0, 256], &all).unwrap());
    });
    let weights: Vec<f64> = (0..256).map(|i| 1.0 + f64::from(i % 7)).collect();
    group.bench_function("weighted, n=256, 36 answers, 1000 subsets", |bencher| {
        bencher.iter(|| {
            weighted_vote_at_k(
                black_box(&answers),
                &weights,
                &correct,
                &[0, 256],
                &[1, 16, 256],
                1000,
                1,
            )
            .unwrap()
        });
    });
    group.finish();
}

fn bench_bootstrap(criterion: &mut Criterion) {
    let mut rng = stream(2, &[]);
    let values: Vec<f64> = (0..400 * 12).map(|_| uniform(&mut rng)).collect();
    let mut group = criterion.benchmark_group("bootstrap_mean");
    group.sample_size(20);
    group.bench_function("400 problems x 12 columns, 2000 resamples", |bencher| {
        bencher.iter(|| bootstrap_mean(black_box(&values), 400, 12, 2000, 1, 0.95).unwrap());
    });
    group.finish();
}

fn bench_fits(criterion: &mut Criterion) {
    let mut rng = stream(3, &[]);
    let samples = vec![64_u32; 200];
    let successes: Vec<u32> = (0..200)
        .map(|_| {
            let p = uniform(&mut rng).powi(3);
            (0..64).map(|_| u32::from(uniform(&mut rng) < p)).sum()
        })
        .collect();
    let predict_at = [1.0, 4.0, 16.0, 64.0, 256.0, 1024.0];
    let options = FitOptions {
        predict_at: &predict_at,
        resamples: 1000,
        seed: 1,
        level: 0.95,
    };
    let ks: Vec<f64> = (0..9).map(|power| 2.0_f64.powi(power)).collect();
    let values: Vec<f64> = (0..200)
        .flat_map(|_| {
            let offset = below(&mut rng, 100) as f64 / 1000.0;
            ks.iter()
                .map(move |k| 0.8 - 0.6 * k.powf(-0.5) + offset)
                .collect::<Vec<_>>()
        })
        .collect();
    let mut group = criterion.benchmark_group("fits, 200 problems, 1000 resamples");
    group.sample_size(10);
    group.bench_function("beta_binomial", |bencher| {
        bencher.iter(|| fit_beta_binomial(black_box(&samples), &successes, &options).unwrap());
    });
    group.bench_function("saturating_power", |bencher| {
        bencher.iter(|| fit_saturating_power(black_box(&values), &ks, &options).unwrap());
    });
    group.finish();
}

criterion_group!(
    benches,
    bench_pass_at_k,
    bench_majority_at_k,
    bench_bootstrap,
    bench_fits
);
criterion_main!(benches);
