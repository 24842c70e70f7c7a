//! What a registry would refuse: another encryption of a repository, and tags that are taken.

use std::collections::BTreeMap;

use lifeboat_contract::{
    Address, Encryption, Key, Location, Object, Repository, RepositoryName, Spec,
};

use super::{Action, Change, Comparing};
use crate::desired::Resource;
use crate::diagnostic::{Diagnostic, codes, sentence};
use crate::live::Live;

/// How content is encrypted is decided when a repository is made. What holds images cannot be made
/// anew, so a difference is a finding and never a replacement.
pub(super) fn fixed_difference(
    (address, resource): (&Address, &Resource),
    key: &Key,
    observed: &Spec,
) -> Option<Diagnostic> {
    let (Spec::Repository(observed), Spec::Repository(wanted)) = (observed, &resource.spec) else {
        return None;
    };
    if observed.encryption == wanted.encryption || chosen(observed, wanted).is_some() {
        return None;
    }
    let detail = format!(
        "{key} is encrypted with {}, and shall be encrypted with {}. That is decided when a \
         repository is made, and making it anew would lose the images that it holds.",
        words(observed),
        words(wanted)
    );
    let help = "declare the encryption that it has; or give the image another `repository`, and \
                delete the old one when nothing runs from it";
    let found = Diagnostic::new(codes::UNSUPPORTED, resource.span, sentence(&detail)).help(help);
    Some(found.about(address.as_str()))
}

/// The key that the provider chose, where none is asked for.
fn chosen<'o>(observed: &'o Repository, wanted: &Repository) -> Option<&'o Encryption> {
    let none_asked = wanted.encryption == Some(Encryption { key: None });
    observed.encryption.as_ref().filter(|_| none_asked)
}

/// What is observed, without what nobody asked for; and what is wanted, with what is there of it.
/// The first tells whether anything differs, and the second what shall be there.
pub(super) fn settled(observed: &Spec, wanted: &Spec) -> Option<(Spec, Spec)> {
    let (Spec::Repository(observed), Spec::Repository(wanted)) = (observed, wanted) else {
        return None;
    };
    let key = chosen(observed, wanted)?;
    let seen = Repository { encryption: wanted.encryption.clone(), ..observed.clone() };
    let kept = Repository { encryption: Some(key.clone()), ..wanted.clone() };
    Some((Spec::Repository(seen), Spec::Repository(kept)))
}

fn words(repository: &Repository) -> String {
    match &repository.encryption {
        None => "the registry's own key".to_owned(),
        Some(Encryption { key: None }) => "the provider's key of the account".to_owned(),
        Some(Encryption { key: Some(key) }) => format!("`{key}`"),
    }
}

/// The tags of image copies: by provider, location, repository and tag.
type Tags<'l> = BTreeMap<(&'l str, &'l Location, &'l RepositoryName, &'l str), &'l Object>;

/// Tags of copies that are to come, and that other images of the repository have.
pub(super) fn find(comparing: &mut Comparing<'_>) {
    let tags = tags(comparing.live);
    let mut found = Vec::new();
    for change in &comparing.changes.list {
        let Some(resource) = comparing.desired.resources.get(&change.address) else { continue };
        if change.action == Action::Create
            && let Some(detail) = taken(comparing, change, &tags)
        {
            let help = "remove that tag, or the image, at the registry";
            let code = codes::FOREIGN_OBJECT;
            let diagnostic = Diagnostic::new(code, resource.span, sentence(&detail)).help(help);
            found.push(diagnostic.about(change.address.as_str()));
        }
    }
    for diagnostic in found {
        comparing.found.push(diagnostic);
    }
}

fn tags(live: &Live) -> Tags<'_> {
    let mut tags = Tags::new();
    for (provider, objects) in live.all() {
        for object in objects {
            if let Key::ImageCopy { location, repository, digest: _ } = &object.key
                && let Spec::ImageCopy(copy) = &object.spec
            {
                tags.insert((provider, location, repository, &copy.tag), object);
            }
        }
    }
    tags
}

/// Who has the tag of a copy that is to come, where it cannot be moved.
fn taken(comparing: &Comparing<'_>, change: &Change, tags: &Tags<'_>) -> Option<String> {
    let Key::ImageCopy { location, repository, digest: _ } = &change.key else { return None };
    let Spec::ImageCopy(wanted) = &change.after.as_ref()?.spec else { return None };
    let holder = tags.get(&(&*change.provider, location, repository, &wanted.tag))?;
    let key = Key::Repository { location: location.clone(), name: repository.clone() };
    let held_in = comparing.live.object(&change.provider, &key).map(|object| &object.spec);
    let immutable = matches!(held_in, Some(Spec::Repository(held_in)) if held_in.immutable);
    let ours = holder.mark.as_ref().is_some_and(|mark| mark.stack == comparing.desired.stack);
    let why = match (immutable, ours) {
        (true, _) => "tags of this repository never move",
        (false, false) => "only what this stack made gives up a tag",
        (false, true) => return None,
    };
    Some(format!("{} has the tag `{}` already, and {why}.", holder.key, wanted.tag))
}
