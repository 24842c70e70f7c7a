//! Blocks as HCL: what a check asks, what a set answers.

use hcl::expr::{Object, ObjectKey};
use hcl::expr::{Traversal, Variable};
use hcl::format::{Format as _, Formatter};
use hcl::{Block, Expression, Identifier};
use lifeboat_contract::{
    Address, Answer, CheckRef, DnsName, Endpoint, HealthCheck, Key, RecordSet, RecordType,
    Repository, RepositoryName, Routing, Spec, ZoneName,
};

use super::Draft;
use super::settings::Book;
use super::sort::set_of;

/// A block under way: attributes, then blocks within it.
pub(super) struct Body {
    attributes: Vec<(&'static str, Expression)>,
    blocks: Vec<Block>,
}

impl Body {
    pub(super) fn new() -> Self {
        Self { attributes: Vec::new(), blocks: Vec::new() }
    }

    #[must_use]
    pub(super) fn with(mut self, name: &'static str, value: impl Into<Expression>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    #[must_use]
    pub(super) fn with_if(self, name: &'static str, value: Option<impl Into<Expression>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    #[must_use]
    pub(super) fn within(mut self, block: Option<Block>) -> Self {
        self.blocks.extend(block);
        self
    }

    pub(super) fn block(self, kind: &str, label: Option<&str>) -> Block {
        let mut block = Block::builder(kind).add_labels(label);
        for (name, value) in self.attributes {
            block = block.add_attribute((name, value));
        }
        block.add_blocks(self.blocks).build()
    }
}

/// The text of a block: lists on one line, unless lines get long.
pub(super) fn text(block: Block) -> String {
    const LINE_CHARS_MAX: usize = 100;
    let body = hcl::Body::builder().add_block(block).build();
    let written = |short| {
        let mut formatter = Formatter::builder().compact_arrays(short).build_vec();
        let text = body.format_string(&mut formatter);
        text.unwrap_or_else(|why| unreachable!("This is a bug in Lifeboat: {why}"))
    };
    let short = written(true);
    let fits = short.lines().all(|line| line.chars().count() <= LINE_CHARS_MAX);
    if fits { short } else { written(false) }
}

/// The block of a draft.
pub(super) fn block(draft: &Draft<'_>, book: &Book) -> Block {
    let first = draft.pieces.first().map(|piece| piece.object);
    let body = match first.map(|object| (&object.key, &object.spec)) {
        Some((_, Spec::HealthCheck(check))) => health_check(draft, check, book),
        Some((Key::Repository { name, .. }, Spec::Repository(repository))) => {
            image(draft, name, repository)
        }
        Some((Key::RecordSet { zone, name, rtype, .. }, Spec::RecordSet(set))) => {
            let block = draft.zone.as_ref().map(|zone| reference(book.zone(zone)));
            let body = Body::new().with_if("zone", block).with("name", within(name, zone));
            match draft.kind {
                "failover" => failover(draft, body, *rtype, book),
                _ => record(draft, body, (*rtype, set), book),
            }
        }
        Some(_) | None => Body::new(),
    };
    body.block(draft.kind, Some(&draft.name))
}

/// Repositories that others push to.
fn image(draft: &Draft<'_>, name: &RepositoryName, repository: &Repository) -> Body {
    let Repository { immutable, except, keep_last, lifecycle_policy, scan, .. } = repository;
    let labels = draft.pieces.iter().filter_map(|piece| piece.label.as_deref());
    let regions: Vec<Expression> =
        labels.map(|label| reference(&Address::from(format!("region.{label}").as_str()))).collect();
    let list = |list: &[String]| (!list.is_empty()).then(|| texts(list.iter().map(String::as_str)));
    let tags = repository.tags.iter().map(|(key, value)| {
        (ObjectKey::from(Expression::from(key.as_str())), Expression::from(value.as_str()))
    });
    let tags: Object<ObjectKey, Expression> = tags.collect();
    let tags = Some(Expression::Object(tags)).filter(|_| !repository.tags.is_empty());
    let keep = keep_last.map(|last| Body::new().with("last", last).block("keep", None));
    let mut keys: Object<ObjectKey, Expression> = Object::new();
    for piece in &draft.pieces {
        if let (Some(location), Spec::Repository(repository)) =
            (piece.object.key.location(), &piece.object.spec)
            && let Some(key) = repository.encryption.as_ref().and_then(|e| e.key.as_deref())
        {
            let location = ObjectKey::from(Expression::from(location.as_str()));
            keys.insert(location, Expression::from(key));
        }
    }
    let keys = Some(Expression::Object(keys.clone())).filter(|_| !keys.is_empty());
    let encryption = Body::new().with_if("keys", keys);
    let encrypted = repository.encryption.is_some();
    Body::new()
        .with("repository", name.as_str())
        .with("source", "pushed")
        .with("regions", regions)
        .with_if("immutable", (!immutable).then_some(false))
        .with_if("mutable_tags", list(except))
        .with_if("scan", scan.then_some(true))
        .with_if("readers", list(&repository.readers))
        .with_if("access_policy", repository.access_policy.as_deref())
        .with_if("lifecycle_policy", lifecycle_policy.as_deref())
        .with_if("tags", tags)
        .within(keep)
        .within(encrypted.then(|| encryption.block("encryption", None)))
}

fn record(
    draft: &Draft<'_>,
    body: Body,
    (rtype, set): (RecordType, &RecordSet),
    book: &Book,
) -> Body {
    let Some(Key::RecordSet { zone, .. }) = draft.pieces.first().map(|piece| &piece.object.key)
    else {
        return body;
    };
    let body = body.with("type", rtype.as_str()).with_if("ttl", set.ttl.map(duration));
    answer(body, set, zone).with_if("health_check", check(draft, set, book))
}

fn failover(draft: &Draft<'_>, body: Body, rtype: RecordType, book: &Book) -> Body {
    let sets = || draft.pieces.iter().filter_map(|piece| set_of(piece.object));
    let mut body = body.with("type", rtype.as_str());
    body = body.with_if("ttl", sets().find_map(|set| set.ttl).map(duration));
    for (at, piece) in draft.pieces.iter().enumerate() {
        let (Some(set), Key::RecordSet { zone, .. }) = (set_of(piece.object), &piece.object.key)
        else {
            continue;
        };
        let target = Body::new().with_if("region", book.region(at).map(reference));
        let mut target = answer(target, set, zone).with_if("health_check", check(draft, set, book));
        if let Routing::Weighted { weight } = set.routing {
            target = target.with("tier", 1).with("weight", weight);
        }
        body = body.within(Some(target.block("target", piece.label.as_deref())));
    }
    body
}

fn answer(body: Body, set: &RecordSet, zone: &ZoneName) -> Body {
    match &set.answer {
        Answer::Values(values) => body.with("values", texts(values.iter().map(String::as_str))),
        Answer::Alias { name, zone_id, evaluate_target_health } => {
            let name = match zone_id {
                Some(_) => name.to_string(),
                None => within(name, zone),
            };
            let healthy = (!evaluate_target_health).then_some(false);
            let alias = Body::new()
                .with("name", name)
                .with_if("zone_id", zone_id.as_deref())
                .with_if("evaluate_target_health", healthy);
            body.within(Some(alias.block("alias", None)))
        }
    }
}

/// The check that a set depends on: a block, or an id where none is written.
fn check(draft: &Draft<'_>, set: &RecordSet, book: &Book) -> Option<Expression> {
    set.health_check.as_ref().map(|check| named(draft, check, book))
}

fn named(draft: &Draft<'_>, check: &CheckRef, book: &Book) -> Expression {
    match check {
        CheckRef::Id(id) => match book.check(&draft.provider, id) {
            Some(address) => reference(address),
            None => Expression::from(id.as_str()),
        },
        CheckRef::Address(address) => reference(address),
        CheckRef::Marked(other) => match book.ours(&draft.provider, other) {
            Some(id) => Expression::from(id),
            None => Expression::from(other.to_string()),
        },
    }
}

fn health_check(draft: &Draft<'_>, check: &HealthCheck, book: &Book) -> Body {
    let provider = book.several_check.then_some(&*draft.provider);
    let yes = |flag: bool| flag.then_some(true);
    match check {
        HealthCheck::Endpoint(endpoint) => {
            let Endpoint { interval, failures, timeout, contains, address, .. } = endpoint;
            let checkers = endpoint.checkers.iter().map(lifeboat_contract::Location::as_str);
            Body::new()
                .with("url", endpoint.url())
                .with_if("contains", contains.as_deref())
                .with("interval", duration(*interval))
                .with("failures", *failures)
                .with_if("timeout", timeout.map(duration))
                .with_if("address", address.map(|address| address.to_string()))
                .with_if("sni", endpoint.no_sni.then_some(false))
                .with_if("checkers", (!endpoint.checkers.is_empty()).then(|| texts(checkers)))
                .with_if("inverted", yes(endpoint.inverted))
                .with_if("disabled", yes(endpoint.disabled))
                .with_if("provider", provider)
        }
        HealthCheck::Calculated { checks, at_least, inverted, disabled } => {
            let all = usize::try_from(*at_least).is_ok_and(|least| least == checks.len());
            let counted: Vec<Expression> =
                checks.iter().map(|child| named(draft, child, book)).collect();
            Body::new()
                .with(if all { "all_of" } else { "any_of" }, counted)
                .with_if("at_least", (!all && *at_least != 1).then_some(*at_least))
                .with_if("inverted", yes(*inverted))
                .with_if("disabled", yes(*disabled))
                .with_if("provider", provider)
        }
    }
}

/// A name as people write it: without its zone, unless that would be read as another name.
fn within(name: &DnsName, zone: &ZoneName) -> String {
    let zone = &zone.name;
    if name == zone {
        return "@".to_owned();
    }
    let label = name.as_str().strip_suffix(zone.as_str()).and_then(|rest| rest.strip_suffix('.'));
    let again = |label: &str| label.parse::<DnsName>().is_ok_and(|label| label.is_within(zone));
    label.filter(|label| !again(label)).unwrap_or(name.as_str()).to_owned()
}

fn texts<'t>(texts: impl Iterator<Item = &'t str>) -> Expression {
    Expression::Array(texts.map(Expression::from).collect())
}

/// Seconds, in the largest unit that they are a multiple of; two minutes at least for minutes.
fn duration(seconds: u32) -> Expression {
    let text = match seconds {
        0..120 => format!("{seconds}s"),
        _ if seconds.is_multiple_of(3600) => format!("{}h", seconds / 3600),
        _ if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    };
    Expression::from(text)
}

/// A reference to a block: its address, whose key is written as HCL wants it.
pub(super) fn reference(address: &Address) -> Expression {
    let (kind, rest) = address.as_str().split_once('.').unwrap_or((address.as_str(), ""));
    let (name, key) = rest.split_once('[').unwrap_or((rest, ""));
    let key: Option<String> = serde_json::from_str(key.trim_end_matches(']')).ok();
    let block = Variable::sanitized(kind);
    let traversal = Traversal::builder(block).attr(Identifier::sanitized(name));
    let traversal = match key {
        Some(key) => traversal.index(Expression::String(key)),
        None => traversal,
    };
    Expression::from(traversal.build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_times_are_short_where_they_stay_clear() {
        let zone: ZoneName = "example.com".parse().unwrap();
        for (name, written) in [
            ("example.com", "@"),
            ("www.example.com", "www"),
            ("*.example.com", "*"),
            ("example.com.example.com", "example.com.example.com"),
        ] {
            assert_eq!(within(&name.parse().unwrap(), &zone), written);
        }
        for (seconds, written) in
            [(0, "0s"), (60, "60s"), (90, "90s"), (300, "5m"), (7200, "2h"), (3601, "3601s")]
        {
            assert_eq!(duration(seconds), Expression::from(written));
        }
    }
}
