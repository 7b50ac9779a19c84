//! The minima of 200 fits against those that another optimiser found.
//!
//! A hundred Chinchilla data sets with heavy-tailed noise are made here and, by the same arithmetic, in
//! bench/peers-fits/planted.py. bench/peers-fits/second_optimiser.py minimises both objectives with scipy from many
//! starts, without a look at this crate; data/second_optimiser.json is what it wrote.
#![allow(clippy::unwrap_used, clippy::panic)]

use rayon::prelude::*;
use serde_json::Value;
use thinkscale_core::fit::solve::solve;
use thinkscale_core::fit::{Data, Objective, Problem, Response, Scale, Table};
use thinkscale_core::laws::forms::chinchilla::Chinchilla;

const FOUND: &str = include_str!("data/second_optimiser.json");
const SETS: usize = 100;
const POINTS: usize = 240;
const TOLERANCE: f64 = 1e-8;

/// SplitMix64 (Steele, Lea and Flood 2014).
struct SplitMix(u64);

impl SplitMix {
    /// Between 0 and 1, both excluded.
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        ((z >> 11) as f64 + 0.5) * 2.0_f64.powi(-53)
    }
}

/// Points of loss = e + a (n/10⁹)^−alpha + b (d/2·10¹⁰)^−beta times exp(spread t), t of Student's law with 3 degrees of
/// freedom. All are whole numbers, so that a library's last digit does not matter: millions of parameters and of tokens,
/// millionths of the loss.
struct Planted {
    points: Vec<[u64; 3]>,
    /// A, B, E, alpha, beta.
    law: [f64; 5],
}

fn planted(set: usize) -> Planted {
    let mut random = SplitMix(set as u64);
    let alpha = 0.25 + 0.2 * random.uniform();
    let beta = 0.25 + 0.2 * random.uniform();
    let a = 0.2 + 0.4 * random.uniform();
    let b = 0.2 + 0.4 * random.uniform();
    let e = 1.5 + 0.5 * random.uniform();
    let spread = 0.002 * 10.0_f64.powf(random.uniform());
    let whole = |value: f64| (value + 0.5).floor();
    let points = (0..POINTS)
        .map(|_| {
            let n = whole(50.0 * 320.0_f64.powf(random.uniform()));
            let d = whole(1000.0 * 400.0_f64.powf(random.uniform()));
            // Bailey 1994, "Polar generation of random variates with the t-distribution".
            let size = (3.0 * (random.uniform().powf(-2.0 / 3.0) - 1.0)).sqrt();
            let t = size * (2.0 * std::f64::consts::PI * random.uniform()).cos();
            let loss = e + a * (n / 1000.0).powf(-alpha) + b * (d / 20_000.0).powf(-beta);
            [n as u64, d as u64, whole(1e6 * loss * (spread * t).exp()) as u64]
        })
        .collect();
    Planted {
        points,
        law: [a * 1e9_f64.powf(alpha), b * 2e10_f64.powf(beta), e, alpha, beta],
    }
}

impl Planted {
    fn table(&self) -> Table {
        let inputs: Vec<f64> = self
            .points
            .iter()
            .flat_map(|&[n, d, _]| [n as f64 * 1e6, d as f64 * 1e6])
            .collect();
        let losses: Vec<f64> = self.points.iter().map(|point| point[2] as f64 / 1e6).collect();
        let data = Data {
            inputs: &inputs,
            response: Response::Values(&losses),
            weights: None,
            groups: None,
        };
        Table::new(&Chinchilla, &data).unwrap()
    }
}

fn found() -> Value {
    serde_json::from_str(FOUND).unwrap()
}

#[test]
fn both_programs_make_the_same_data() {
    // FNV-1a, a number at a time.
    let checksum = (0..SETS)
        .flat_map(|set| planted(set).points.concat())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, number| {
            (hash ^ number).wrapping_mul(0x0100_0000_01b3)
        });
    let found = found();
    assert_eq!(found["checksum"], format!("{checksum:016x}"));
    assert_eq!(found["sets"], SETS);
    assert_eq!(found["points"], POINTS);
}

#[test]
fn the_second_optimiser_finds_no_other_minima() {
    let found = found();
    let different: Vec<String> = (0..SETS)
        .into_par_iter()
        .flat_map_iter(|set| {
            let found = &found;
            [
                ("huber", Objective::Huber { delta: 1e-3 }),
                ("lad", Objective::Lad),
            ]
            .into_iter()
            .filter_map(move |(name, objective)| {
                let planted = planted(set);
                let table = planted.table();
                let problem = Problem::new(&Chinchilla, &table, objective, Scale::Log);
                let ours = solve(&problem, &[None; 5]).unwrap();
                let theirs = found[name][set].as_f64().unwrap();
                let truth = problem.evaluate(&planted.law.map(f64::ln), &mut [0.0; 5]);
                assert!(
                    ours.value < truth,
                    "{name}, set {set}: {} at the truth {truth}",
                    ours.value
                );
                let difference = ours.value - theirs;
                let agrees = difference.abs() <= TOLERANCE && ours.converged;
                (!agrees).then(|| {
                    format!(
                        "{name}, set {set}: ours - theirs {difference:e}, converged {}",
                        ours.converged
                    )
                })
            })
        })
        .collect();
    assert!(
        different.is_empty(),
        "{} of 200:\n{}",
        different.len(),
        different.join("\n")
    );
}
