//! Steps that are carried out together, so that what they share is read once.

use std::collections::BTreeMap;

use lifeboat_contract::{Digest, ImageSource, Key};

use super::{Phase, Plan, Step};

/// Where an image is read, and by whom.
type Reading<'p> = (&'p str, &'p Digest, &'p ImageSource);

/// The steps that copy the same image out of the same source to several places of one provider: for
/// each such step all of them, itself included.
///
/// They follow other steps, those that make their repositories, and a place that is lost must not
/// keep the others waiting: who carries out decides how long companions wait for each other.
pub fn companies(plan: &Plan) -> BTreeMap<u32, Vec<u32>> {
    let mut readings: BTreeMap<Reading<'_>, Vec<u32>> = BTreeMap::new();
    for step in &plan.steps {
        if let Some(reading) = reading(step) {
            readings.entry(reading).or_default().push(step.id);
        }
    }
    let shared = readings.into_values().filter(|steps| steps.len() > 1);
    shared.flat_map(|steps| steps.clone().into_iter().map(move |id| (id, steps.clone()))).collect()
}

/// What a step reads that others may read, too.
fn reading(step: &Step) -> Option<Reading<'_>> {
    let [write] = &step.writes[..] else { return None };
    let Key::ImageCopy { digest, .. } = &write.key else { return None };
    let source = write.then.as_ref()?.source.as_ref()?;
    // What a registry brings by itself is not read here.
    let is_read = matches!(source, ImageSource::Layout { .. } | ImageSource::Registry { .. });
    let is_new = step.phase == Phase::ImageCopy && write.expect.is_none();
    (is_read && is_new).then_some((&step.provider, digest, source))
}
