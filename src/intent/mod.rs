//! What the author wants, as typed blocks.
//!
//! Input: [`Document`], [`Inputs`], the [`ProviderInfo`]s that this build has. Output: [`Intents`],
//! and every finding. Evaluates expressions; never reads files or the environment itself, never
//! asks a cloud.

mod arn;
mod build;
mod candidate;
mod capacity;
mod clients;
mod constraint;
mod dangling;
mod dependency;
mod duration;
mod each;
mod failover;
mod health_check;
mod image;
mod names;
mod objective;
mod output;
mod platform;
mod policy;
mod provider;
mod reader;
mod record;
mod region;
mod repository;
mod schema;
mod settings;
mod shape;
mod url;
mod values;
mod variable;
mod zone;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use lifeboat_contract::{Address, ProviderInfo, Stack};

pub use self::build::{Build, Builder, Health, Secret};
pub use self::capacity::{CONTROL_PLANES, Capacity, Grows};
pub use self::clients::Clients;
pub use self::dependency::Dependency;
pub use self::failover::{Failover, Target};
pub use self::health_check::{HealthCheck, Places, Probe};
pub use self::image::{Image, Replicate, Source};
use self::names::{Each, Names, Seen};
pub use self::objective::{Objective, Profile};
pub use self::output::Output;
pub use self::policy::{LintPolicy, Policy, Severity};
pub use self::provider::ProviderConfig;
pub use self::reader::At;
use self::reader::Reader;
pub use self::record::{Data, Record};
pub use self::region::{Region, Role};
pub use self::repository::{EncryptionKey, Settings};
pub use self::schema::{AttributeSchema, BlockSchema, NestedSchema, Occurs, Takes};
pub use self::variable::{Given, Origin};
pub use self::zone::Zone;
use crate::diagnostic::{Diagnostic, Diagnostics, Span, codes, nearest};
use crate::language::{Block, Document, Expression, Fault, Value, evaluate};

/// Every block that can stand at the top, in the order of the reference.
pub const SCHEMAS: &[&BlockSchema] = &[
    settings::SCHEMA,
    variable::SCHEMA,
    variable::LOCALS,
    output::SCHEMA,
    provider::SCHEMA,
    region::SCHEMA,
    image::SCHEMA,
    health_check::SCHEMA,
    zone::SCHEMA,
    record::SCHEMA,
    failover::SCHEMA,
    objective::SCHEMA,
    clients::SCHEMA,
    dependency::SCHEMA,
    policy::SCHEMA,
];

/// What comes from outside of the files.
pub struct Inputs<'a> {
    /// Values for variables; of several for one name, the last counts.
    pub given: Vec<Given>,
    /// Variable files, in the order in which they are read.
    pub variable_files: &'a Document,
    /// The environment, for `env()`.
    pub environment: &'a BTreeMap<String, String>,
    /// Reads a file below the configuration's folder, or says why not.
    pub files: &'a dyn Fn(&str) -> Result<String, String>,
    /// The providers of this build.
    pub providers: &'a [ProviderInfo],
}

/// What the author wants.
#[derive(Clone, Debug, Default)]
pub struct Intents {
    /// Absent only where the findings say why.
    pub stack: Option<Stack>,
    pub providers: BTreeMap<Arc<str>, ProviderConfig>,
    pub regions: BTreeMap<Address, Region>,
    pub images: BTreeMap<Address, Image>,
    pub health_checks: BTreeMap<Address, HealthCheck>,
    pub zones: BTreeMap<Address, Zone>,
    pub records: BTreeMap<Address, Record>,
    pub failovers: BTreeMap<Address, Failover>,
    pub objectives: BTreeMap<Address, Objective>,
    pub clients: BTreeMap<Address, Clients>,
    pub dependencies: BTreeMap<Address, Dependency>,
    pub policy: Policy,
    pub outputs: BTreeMap<String, Output>,
}

/// The schema of a block kind.
pub fn schema_of(kind: &str) -> Option<&'static BlockSchema> {
    SCHEMAS.iter().copied().find(|schema| schema.kind == kind)
}

/// Reads what the author wants.
pub fn read(document: &Document, inputs: &Inputs<'_>) -> (Intents, Diagnostics) {
    let found = RefCell::new(Diagnostics::default());
    let top = check_top(document, &found);
    let variables = variable::read(&top, inputs, &found);
    let names = Names::of(document, inputs, variables);
    names.check_locals(&found);
    let mut intents = Intents::default();
    for block in top {
        read_block(block, &names, inputs, &mut intents, &found);
    }
    provider::complete(&mut intents, inputs);
    health_check::complete(&mut intents, &found);
    objective::complete(&intents, &found);
    dangling::find(document, &names, &found);
    (intents, found.into_inner())
}

/// Computes one expression as `console` shows it.
pub fn evaluate_in(
    document: &Document,
    inputs: &Inputs<'_>,
    expression: &Expression,
) -> Result<Value, Fault> {
    let found = RefCell::new(Diagnostics::default());
    let top: Vec<&Block> = document.blocks.iter().collect();
    let variables = variable::read(&top, inputs, &found);
    let names = Names::of(document, inputs, variables);
    evaluate(expression, &Seen { names: &names, each: None })
}

/// Finds unknown and repeated blocks and attributes; returns the blocks worth reading.
fn check_top<'d>(document: &'d Document, found: &RefCell<Diagnostics>) -> Vec<&'d Block> {
    for attribute in &document.attributes {
        let detail = format!("`{}` stands outside of every block.", attribute.name.text);
        let help = "values for variables belong into a `*.vars.hcl` file";
        let at = attribute.name.span;
        found.borrow_mut().push(Diagnostic::new(codes::UNKNOWN_ATTRIBUTE, at, detail).help(help));
    }
    let mut first: BTreeMap<(&str, &str), Span> = BTreeMap::new();
    let mut top = Vec::new();
    for block in &document.blocks {
        let kind: &str = &block.kind.text;
        let Some(schema) = schema_of(kind) else {
            let kinds = SCHEMAS.iter().map(|schema| schema.kind);
            let help = match nearest(kind, kinds.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there is `{}`", kinds.collect::<Vec<_>>().join("`, `")),
            };
            let detail = format!("There is no block `{kind}`.");
            let unknown = Diagnostic::new(codes::UNKNOWN_BLOCK, block.kind.span, detail);
            found.borrow_mut().push(unknown.help(help));
            continue;
        };
        shape::check_shape(block, schema, found);
        let label = block.labels.first().map_or("", |label| &*label.text);
        if kind == "locals" {
            top.push(block);
        } else if let Some(earlier) = first.insert((kind, label), block.span) {
            first.insert((kind, label), earlier);
            let detail = format!("`{}` is declared twice.", [kind, label].join(" ").trim());
            found.borrow_mut().push(
                Diagnostic::new(codes::DUPLICATE_BLOCK, block.span, detail)
                    .also(earlier, "first here"),
            );
        } else if block.labels.len() == schema.labels.len() {
            top.push(block);
        }
    }
    variable::check_locals(&top, found);
    top
}

/// Reads a block, once or for each of its keys.
fn read_block(
    block: &Block,
    names: &Names<'_>,
    inputs: &Inputs<'_>,
    intents: &mut Intents,
    found: &RefCell<Diagnostics>,
) {
    let kind: &str = &block.kind.text;
    let Some(schema) = schema_of(kind) else { return };
    let name = block.labels.first().map_or("", |label| &*label.text);
    let plain = Address::block(kind, name);
    let keys = match names.keys(kind, name) {
        Ok(keys) => keys,
        Err(fault) => return found.borrow_mut().push(fault.about(plain.as_str())),
    };
    let Some(keys) = keys else {
        let seen = Seen { names, each: None };
        return read_instance(
            &Reader { block, schema, address: plain, seen, found },
            inputs,
            intents,
        );
    };
    for (key, value) in keys.iter() {
        let each = Each { key: Arc::clone(key), value: value.clone() };
        let seen = Seen { names, each: Some(&each) };
        let address = plain.keyed(key);
        read_instance(&Reader { block, schema, address, seen, found }, inputs, intents);
    }
}

fn read_instance(reader: &Reader<'_>, inputs: &Inputs<'_>, intents: &mut Intents) {
    let address = reader.address.clone();
    match reader.schema.kind {
        "lifeboat" => intents.stack = settings::read(reader),
        "output" => output::read(reader, intents),
        "provider" => provider::read(reader, inputs, intents),
        "region" => keep(&mut intents.regions, address, region::read(reader, inputs)),
        "image" => keep(&mut intents.images, address, image::read(reader)),
        "health_check" => {
            keep(&mut intents.health_checks, address, health_check::read(reader));
        }
        "zone" => keep(&mut intents.zones, address, zone::read(reader, inputs)),
        "record" => keep(&mut intents.records, address, record::read(reader)),
        "failover" => keep(&mut intents.failovers, address, failover::read(reader)),
        "objective" => keep(&mut intents.objectives, address, objective::read(reader)),
        "clients" => keep(&mut intents.clients, address, Some(clients::read(reader))),
        "dependency" => keep(&mut intents.dependencies, address, dependency::read(reader)),
        "policy" => intents.policy = policy::read(reader),
        _ => {}
    }
}

fn keep<T>(map: &mut BTreeMap<Address, T>, address: Address, intent: Option<T>) {
    if let Some(intent) = intent {
        map.insert(address, intent);
    }
}

/// Whether a label can stand in references and marks.
fn label_is_lawful(label: &str) -> bool {
    let mut chars = label.chars();
    label.len() <= 63
        && chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}
