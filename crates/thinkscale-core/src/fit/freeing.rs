//! Which of the parameters that laws usually hold a selection frees, and which names of the options are whose.

use super::form::Form;
use super::{FitError, FitOptions};

/// Laws with more held parameters than this are tried with one freed at a time and with all.
const MAX_SUBSETS: usize = 3;

/// The sets of held parameters to free, the empty one first.
pub fn subsets(form: &dyn Form, options: &FitOptions) -> Vec<Vec<&'static str>> {
    let named =
        |name: &str| options.freed.contains(&name) || options.fixed.iter().any(|&(fixed, _)| fixed == name);
    let held: Vec<&'static str> = form
        .about()
        .parameters
        .iter()
        .filter(|it| it.held.is_some() && !named(it.name))
        .map(|it| it.name)
        .collect();
    if held.len() > MAX_SUBSETS {
        let singles = held.iter().map(|&name| vec![name]);
        return [vec![]]
            .into_iter()
            .chain(singles)
            .chain([held.clone()])
            .collect();
    }
    (0..1_usize << held.len())
        .map(|set| {
            (0..held.len())
                .filter(|&i| set >> i & 1 == 1)
                .map(|i| held[i])
                .collect()
        })
        .collect()
}

/// What of the options concerns one law: a name that only another one knows is not an error.
pub struct Own<'a> {
    freed: Vec<&'a str>,
    fixed: Vec<(&'a str, f64)>,
}

impl<'a> Own<'a> {
    /// Of one law, with `freed` besides what the caller freed.
    pub fn of(form: &dyn Form, options: &FitOptions<'a>, freed: &[&'static str]) -> Self {
        let known = |name: &str| form.about().parameters.iter().any(|it| it.name == name);
        let given = options.freed.iter().copied().filter(|&name| known(name));
        Self {
            freed: given.chain(freed.iter().copied()).collect(),
            fixed: options
                .fixed
                .iter()
                .copied()
                .filter(|&(name, _)| known(name))
                .collect(),
        }
    }

    /// The options with these names alone.
    pub fn options<'b>(&'b self, options: &FitOptions<'b>) -> FitOptions<'b> {
        FitOptions {
            freed: &self.freed,
            fixed: &self.fixed,
            ..options.clone()
        }
    }
}

/// A name that none of the laws knows is one.
pub fn check_names(forms: &[&dyn Form], matching: &[usize], options: &FitOptions) -> Result<(), FitError> {
    let parameters = || {
        matching
            .iter()
            .flat_map(|&i| forms[i].about().parameters)
            .map(|it| it.name)
    };
    let names = options
        .freed
        .iter()
        .copied()
        .chain(options.fixed.iter().map(|&(name, _)| name));
    for name in names {
        if !parameters().any(|known| known == name) {
            let mut known: Vec<&str> = parameters().collect();
            known.sort_unstable();
            known.dedup();
            return Err(FitError::UnknownParameter {
                law: "any law with these inputs",
                known: known.join(", "),
                got: name.to_owned(),
            });
        }
    }
    Ok(())
}
