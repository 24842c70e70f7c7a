//! What a drill is asked to lose.

use std::collections::BTreeSet;

use super::component::Universe;
use super::verdict::ComponentKind;
use crate::diagnostic::{Diagnostic, Diagnostics, codes, nearest};

/// What is asked of a drill.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// What is lost, each by itself; every single region where this is empty.
    pub outages: Vec<Vec<String>>,
    /// How many components are lost together when the smallest breaking sets are searched.
    pub together: Together,
    /// How many clients of each loss are sent one by one, beside what is computed, and their seed.
    pub sample: Option<(u64, u64)>,
}

/// How many components are lost together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Together {
    /// Up to so many.
    UpTo(usize),
    /// Any number of those that matter, of which there may be 20.
    Any,
}

impl Default for Together {
    fn default() -> Self {
        Self::UpTo(2)
    }
}

/// Something that is lost.
pub(super) struct Outage {
    pub(super) names: Vec<String>,
    pub(super) components: BTreeSet<usize>,
}

pub(super) fn outages(universe: &Universe, ask: &Ask, found: &mut Diagnostics) -> Vec<Outage> {
    let mut refuse = |detail: String, help: Option<String>| {
        found.push(Diagnostic::global(codes::OUTAGE_INVALID, detail).help_if(help));
    };
    if let Together::UpTo(together) = ask.together
        && together > universe.len()
    {
        refuse(
            format!("{together} components cannot be lost: there are {}.", universe.len()),
            None,
        );
    }
    if ask.outages.is_empty() {
        let regions = universe.of_kind(ComponentKind::Region);
        return regions
            .map(|region| Outage {
                names: vec![universe.name(region).to_owned()],
                components: BTreeSet::from([region]),
            })
            .collect();
    }
    let mut outages = Vec::new();
    for names in &ask.outages {
        let mut components = BTreeSet::new();
        if names.is_empty() {
            refuse("An outage loses nothing.".to_owned(), Some("name what is lost".to_owned()));
        }
        for name in names {
            let Some(component) = universe.find(name) else {
                let shown: String = name.chars().take(80).collect();
                let help = match nearest(name, universe.names()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => {
                        let names: Vec<&str> = universe.names().take(12).collect();
                        format!("there is `{}`", names.join("`, `"))
                    }
                };
                refuse(format!("There is no `{shown}` to lose."), Some(help));
                continue;
            };
            components.insert(component);
        }
        let names = components.iter().map(|at| universe.name(*at).to_owned()).collect();
        outages.push(Outage { names, components });
    }
    outages
}
