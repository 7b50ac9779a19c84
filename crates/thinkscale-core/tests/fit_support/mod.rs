//! What the tests of fits share: tables from CSV files, and noise.
#![allow(dead_code)] // Every test file uses its own part.

use rand_core::Rng;
use thinkscale_core::fit::{Data, Fit, Form, Response};
use thinkscale_core::laws::forms;
use thinkscale_core::stats::interval::normal_quantile;

/// A CSV file without quotes.
pub struct Csv {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Csv {
    pub fn new(text: &str) -> Self {
        let mut lines = text
            .lines()
            .map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
        let header = lines.next().unwrap();
        Self {
            header,
            rows: lines.collect(),
        }
    }

    /// The rows for which `keep` holds.
    pub fn filter(&self, keep: impl Fn(&dyn Fn(&str) -> String) -> bool) -> Self {
        let rows = self
            .rows
            .iter()
            .filter(|row| keep(&|name| row[self.column(name)].clone()));
        Self {
            header: self.header.clone(),
            rows: rows.cloned().collect(),
        }
    }

    pub fn texts(&self, name: &str) -> Vec<String> {
        let column = self.column(name);
        self.rows.iter().map(|row| row[column].clone()).collect()
    }

    pub fn numbers(&self, name: &str) -> Vec<f64> {
        self.texts(name)
            .iter()
            .map(|text| text.parse().unwrap())
            .collect()
    }

    fn column(&self, name: &str) -> usize {
        self.header.iter().position(|known| known == name).unwrap()
    }
}

pub fn form(name: &str) -> &'static dyn Form {
    forms::find(name).unwrap()
}

pub fn value(fit: &Fit, name: &str) -> f64 {
    fit.parameter(name).unwrap().value
}

pub fn values<'a>(inputs: &'a [f64], y: &'a [f64]) -> Data<'a> {
    Data {
        inputs,
        response: Response::Values(y),
        weights: None,
        groups: None,
    }
}

pub fn counts<'a>(inputs: &'a [f64], successes: &'a [f64], totals: &'a [f64]) -> Data<'a> {
    Data {
        inputs,
        response: Response::Counts { successes, totals },
        weights: None,
        groups: None,
    }
}

pub fn kinds(fit: &Fit) -> Vec<&'static str> {
    fit.cautions.iter().map(|caution| caution.kind()).collect()
}

/// Columns as row-major inputs.
pub fn rows(columns: &[&[f64]]) -> Vec<f64> {
    (0..columns[0].len())
        .flat_map(|row| columns.iter().map(move |column| column[row]))
        .collect()
}

pub fn uniform(rng: &mut impl Rng) -> f64 {
    ((rng.next_u64() >> 11) as f64 + 0.5) * 2.0_f64.powi(-53)
}

pub fn normal(rng: &mut impl Rng) -> f64 {
    normal_quantile(uniform(rng))
}

/// Student's t with 3 degrees of freedom: heavy tails.
pub fn heavy(rng: &mut impl Rng) -> f64 {
    let squares: f64 = (0..3).map(|_| normal(rng).powi(2)).sum();
    normal(rng) / (squares / 3.0).sqrt()
}

pub fn binomial(rng: &mut impl Rng, total: u32, p: f64) -> f64 {
    (0..total).map(|_| f64::from(u8::from(uniform(rng) < p))).sum()
}

/// Natural parameters as internal coordinates.
pub fn internal(form: &dyn Form, natural: &[f64]) -> Vec<f64> {
    form.about()
        .parameters
        .iter()
        .zip(natural)
        .map(|(it, &value)| it.internal(value))
        .collect()
}

/// The law at rows of inputs.
pub fn law(form: &dyn Form, natural: &[f64], inputs: &[f64]) -> Vec<f64> {
    let (about, theta) = (form.about(), internal(form, natural));
    let mut features = vec![0.0; about.features];
    inputs
        .chunks_exact(about.inputs.len())
        .map(|row| {
            form.features(row, &mut features);
            form.value(&features, &theta, &mut vec![0.0; theta.len()])
        })
        .collect()
}
