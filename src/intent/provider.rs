//! `provider`: how a cloud is reached.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use lifeboat_contract::{Form, ProviderInfo};

use super::reader::{At, Reader};
use super::schema::BlockSchema;
use super::{Inputs, Intents};
use crate::diagnostic::{Diagnostic, Diagnostics, Span, codes, nearest};
use crate::language::Value;

/// What a provider's block takes stands with the provider, so the table here is empty and the
/// attributes are checked by [`read`].
pub(super) const SCHEMA: &BlockSchema = &BlockSchema {
    kind: "provider",
    labels: &["provider"],
    summary: "Configures a provider. A provider that needs nothing needs no block. Credentials come \
              from where each provider's ecosystem keeps them.",
    attributes: &[],
    blocks: &[],
    for_each: false,
    example: "provider \"local\" {\n  path = \".lifeboat/cloud\"\n}\n",
};

/// How a provider is reached. Values may be secret: never shown, never stored.
#[derive(Clone, Default)]
pub struct ProviderConfig {
    pub attributes: BTreeMap<&'static str, String>,
}

impl std::fmt::Debug for ProviderConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.attributes.keys()).finish()
    }
}

/// The provider of this name, or a finding that says which there are.
pub(super) fn known<'i>(
    name: &At<String>,
    inputs: &'i Inputs<'_>,
    reader: &Reader<'_>,
) -> Option<&'i ProviderInfo> {
    let info = inputs.providers.iter().find(|info| info.name == name.value);
    if info.is_none() {
        let names = inputs.providers.iter().map(|info| info.name);
        let near = nearest(&name.value, names.clone());
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("this build has `{}`", names.collect::<Vec<_>>().join("`, `")),
        };
        let detail = format!("There is no provider `{}`.", name.value);
        reader.report(Diagnostic::new(codes::UNKNOWN_PROVIDER, name.span, detail).help(help));
    }
    info
}

pub(super) fn read(reader: &Reader<'_>, inputs: &Inputs<'_>, intents: &mut Intents) {
    let Some(label) = reader.block.labels.first() else { return };
    let name = At { value: label.text.to_string(), span: label.span };
    let Some(info) = known(&name, inputs, reader) else { return };
    let mut config = defaults(info);
    for attribute in &reader.block.attributes {
        let written: &str = &attribute.name.text;
        let Some(taken) = info.attributes.iter().find(|taken| taken.name == written) else {
            let names: Vec<&str> = info.attributes.iter().map(|taken| taken.name).collect();
            let detail = format!("Provider `{}` has no attribute `{written}`.", info.name);
            let help = nearest(written, names.iter().copied())
                .map(|near| format!("did you mean `{near}`?"))
                .unwrap_or(format!("it takes `{}`", names.join("`, `")));
            let unknown =
                Diagnostic::new(codes::UNKNOWN_ATTRIBUTE, attribute.name.span, detail).help(help);
            reader.report(unknown);
            continue;
        };
        let text = match taken.form {
            Form::Text if taken.secret => secret_text(reader, written),
            Form::Text => text(reader, written),
            Form::List => reader.texts(written).map(|list| list.value.join(",")),
            Form::Map => reader.text_map(written).map(|map| {
                let pairs = map.value.iter().map(|(key, value)| format!("{key}={value}"));
                pairs.collect::<Vec<_>>().join(",")
            }),
        };
        if let Some(text) = text {
            config.attributes.insert(taken.name, text);
        }
    }
    intents.providers.insert(Arc::from(info.name), config);
}

fn text(reader: &Reader<'_>, name: &str) -> Option<String> {
    reader.text(name).map(|at| at.value)
}

fn secret_text(reader: &Reader<'_>, name: &str) -> Option<String> {
    if let Value::Sensitive(inner) = reader.any(name)?.value {
        return inner.to_text().map(|text| text.to_string());
    }
    text(reader, name)
}

fn defaults(info: &ProviderInfo) -> ProviderConfig {
    let given = |a: &lifeboat_contract::ProviderAttribute| Some((a.name, a.default?.to_owned()));
    ProviderConfig { attributes: info.attributes.iter().filter_map(given).collect() }
}

/// Gives every provider that is used a configuration.
pub(super) fn complete(intents: &mut Intents, inputs: &Inputs<'_>) {
    let regions = intents.regions.values().map(|region| Arc::clone(&region.provider));
    let zones = intents.zones.values().map(|zone| Arc::clone(&zone.provider));
    let used: Vec<Arc<str>> = regions.chain(zones).collect();
    for name in used {
        let info = inputs.providers.iter().find(|info| info.name == &*name);
        if let Some(info) = info {
            intents.providers.entry(name).or_insert_with(|| defaults(info));
        }
    }
}

/// Says that a provider cannot hold something.
pub(super) fn unsupported(
    provider: &str,
    address: &str,
    span: Span,
    what: &str,
    found: &RefCell<Diagnostics>,
) {
    let detail = format!("Provider `{provider}` {what}.");
    found.borrow_mut().push(Diagnostic::new(codes::UNSUPPORTED, span, detail).about(address));
}
