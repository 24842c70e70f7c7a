//! What is written is read by the language itself: what would mean something else is not written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lifeboat_contract::{CheckRef, HealthCheck, Key, Object, Spec};

use super::settings::Book;
use super::{Draft, Form, Settings, Unsaid, compose};
use crate::desired::{self, Desired};
use crate::diagnostic::{Diagnostics, Severity, Sources};
use crate::intent::{self, Inputs};
use crate::language::{self, Document};
use crate::lock::Contents;

/// Drops drafts until all that are left mean just what is there. Dropping one can only change how
/// others refer to it, so this ends when none is dropped any more.
pub(super) fn keep_what_reads_back(
    settings: &Settings<'_>,
    drafts: &mut Vec<Draft<'_>>,
    unsaid: &mut Vec<Unsaid>,
) -> Result<(), Diagnostics> {
    loop {
        let uncounted = counts_the_unwritten(drafts);
        let bad = if uncounted.is_empty() { misread(settings, drafts)? } else { uncounted };
        if bad.is_empty() {
            return Ok(());
        }
        let mut at = 0;
        drafts.retain(|draft| {
            let why = bad.get(&at);
            at += 1;
            let Some(why) = why else { return true };
            unsaid.extend(draft.pieces.iter().map(|piece| Unsaid {
                what: piece.object.key.to_string(),
                why: why.clone(),
                check: draft.check(),
            }));
            false
        });
    }
}

/// Checks that count others for which there is no block.
fn counts_the_unwritten(drafts: &[Draft<'_>]) -> BTreeMap<usize, String> {
    let written: BTreeSet<(Arc<str>, String)> = drafts.iter().filter_map(Draft::check).collect();
    let counting = drafts.iter().enumerate().filter(|(_, draft)| draft.check().is_some());
    let bad = counting.filter_map(|(at, draft)| {
        let lost = |id: &String| !written.contains(&(Arc::clone(&draft.provider), id.clone()));
        let id = draft.refers_to().into_iter().find(lost)?;
        Some((at, format!("it counts health check {id}, which cannot be written")))
    });
    bad.collect()
}

/// Drafts that the language refuses or understands otherwise, by their places, with the reason.
fn misread(
    settings: &Settings<'_>,
    drafts: &[Draft<'_>],
) -> Result<BTreeMap<usize, String>, Diagnostics> {
    let seen = match &settings.form {
        Form::Whole(seen) => seen.clone(),
        Form::Added(_) => BTreeMap::new(),
    };
    let whole = Settings { form: Form::Whole(seen), zones: settings.zones.clone(), ..*settings };
    let (desired, found) = read(settings, &compose::whole(&whole, drafts, &[]));
    let Some(desired) = desired else { return Err(found) };
    let mut refused: BTreeMap<String, String> = BTreeMap::new();
    for finding in found.sorted() {
        if finding.code.severity == Severity::Error
            && let Some(address) = &finding.address
        {
            let why = finding.detail.trim_end_matches('.').to_owned();
            refused.entry(block_of(address).to_owned()).or_insert(why);
        }
    }
    let book = Book::whole(settings, drafts);
    let mut bad = BTreeMap::new();
    for (at, draft) in drafts.iter().enumerate() {
        let why = refused.get(draft.address().as_str()).cloned();
        if let Some(why) = why.or_else(|| otherwise(draft, &book, &desired)) {
            bad.insert(at, why);
        }
    }
    if bad.is_empty() && found.has_errors() { Err(found) } else { Ok(bad) }
}

fn read(settings: &Settings<'_>, text: &str) -> (Option<Desired>, Diagnostics) {
    let mut sources = Sources::default();
    sources.add("generated", text);
    let (document, mut found) = language::parse(&sources);
    let inputs = Inputs {
        given: Vec::new(),
        variable_files: &Document::default(),
        environment: &BTreeMap::new(),
        files: &|_| Err("no file is read here".to_owned()),
        providers: settings.providers,
    };
    let (intents, more) = intent::read(&document, &inputs);
    found.extend(more);
    let (desired, more) = desired::derive(&intents, &Contents::new(), settings.providers);
    found.extend(more);
    (desired, found)
}

/// The block in the address of a resource: `failover.www` of `failover.www.target["a"]`.
fn block_of(address: &str) -> &str {
    let Some(dot) = address.find('.') else { return address };
    let end = address[dot + 1..].find(['.', '[']).map_or(address.len(), |at| dot + 1 + at);
    &address[..end]
}

/// Why what is declared is not what is there.
fn otherwise(draft: &Draft<'_>, book: &Book, desired: &Desired) -> Option<String> {
    for (address, object) in draft.addresses() {
        let Some(resource) = desired.resources.get(&address) else {
            return Some("no block can say it".to_owned());
        };
        let found = named(draft, book, object);
        if !same_place(&object.key, resource.key.as_ref()) || resource.spec != found {
            let field = field(&resource.spec, &found);
            return Some(format!("a block cannot keep its `{field}` as it is"));
        }
    }
    None
}

/// What is there, with checks called as they are written.
fn named(draft: &Draft<'_>, book: &Book, object: &Object) -> Spec {
    let mut spec = object.spec.clone();
    spec.rename_checks(|check| match check {
        CheckRef::Id(id) => book.check(&draft.provider, id).cloned().map(CheckRef::Address),
        CheckRef::Marked(other) => {
            book.ours(&draft.provider, other).map(|id| CheckRef::Id(id.to_owned()))
        }
        CheckRef::Address(_) => None,
    });
    spec
}

/// Whether a resource is found where an object is; what tells sets of one name apart is written anew.
fn same_place(there: &Key, declared: Option<&Key>) -> bool {
    match (there, declared) {
        (Key::ForeignCheck { .. }, None) => true,
        (Key::Repository { .. }, Some(declared)) => there == declared,
        (
            Key::RecordSet { zone, name, rtype, .. },
            Some(Key::RecordSet { zone: z, name: n, rtype: t, .. }),
        ) => (zone, name, rtype) == (z, n, t),
        (_, _) => false,
    }
}

/// The first field that differs, for people.
fn field(declared: &Spec, there: &Spec) -> String {
    let fields = |spec: &Spec| {
        let inner = match spec {
            Spec::RecordSet(set) => serde_json::to_value(set),
            Spec::HealthCheck(HealthCheck::Endpoint(endpoint)) => serde_json::to_value(endpoint),
            Spec::HealthCheck(check) => serde_json::to_value(check),
            Spec::Repository(repository) => serde_json::to_value(repository),
            Spec::Zone(_) | Spec::ImageCopy(_) => serde_json::to_value(spec),
        };
        inner.ok().and_then(|value| value.as_object().cloned()).unwrap_or_default()
    };
    let (declared, there) = (fields(declared), fields(there));
    let mut names = declared.keys().chain(there.keys());
    let differs = |name: &&String| declared.get(*name) != there.get(*name);
    names.find(differs).map_or_else(|| "name".to_owned(), Clone::clone)
}

#[cfg(test)]
mod tests {
    use super::block_of;

    #[test]
    fn an_address_starts_with_its_block() {
        for (address, block) in [
            ("record.mail", "record.mail"),
            ("failover.www.target[\"a.b\"]", "failover.www"),
            ("health_check.web[\"x\"]", "health_check.web"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(block_of(address), block);
        }
    }
}
