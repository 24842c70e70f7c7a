//! `lifeboat.lock.hcl`: the digests that a plan rests on.
//!
//! Input and output: its text, and [`Lock`]. Committed beside the configuration, so that the same
//! files give the same plan everywhere. Reads and writes no file itself.

mod build;
mod ranking;

use std::collections::BTreeMap;

use hcl::Block;
use lifeboat_contract::{Address, Digest, ImageSource};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::build::LockedBuild;
pub use self::ranking::{LockedPlace, LockedRanking};
use crate::diagnostic::{Diagnostic, codes};

/// The file's name, in the configuration's folder.
pub const FILE: &str = "lifeboat.lock.hcl";

/// The version written; files of the same major version are read.
pub const FORMAT_VERSION: &str = "1.2";

/// The digests that a plan rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "lifeboat.lock.hcl, as JSON")]
pub struct Lock {
    /// The version of this form.
    pub format_version: String,
    /// By image: `web`, `web["key"]` under `for_each`, `web.candidate["name"]` of several ways to
    /// build it.
    #[serde(default, rename = "image")]
    pub images: BTreeMap<String, LockedImage>,
    /// By image: which of its candidates is taken. Since 1.2.
    #[serde(default, rename = "ranking", skip_serializing_if = "BTreeMap::is_empty")]
    pub rankings: BTreeMap<String, LockedRanking>,
}

/// An image whose content is fixed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LockedImage {
    /// The manifest's or index's digest.
    pub digest: Digest,
    /// Where it was found, as the configuration says it.
    pub source: String,
    /// How many blobs it has, manifests among them.
    pub blobs: u32,
    /// Their size, in bytes.
    pub bytes: u64,
    /// The platforms that it says it runs on; empty where that is not known. Since 1.2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<String>,
    /// How it was built, where it was built here. Since 1.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<LockedBuild>,
}

/// What every image's content is, by the image's address.
pub type Contents = BTreeMap<Address, Content>;

/// An image's content, locked or as its source holds it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    pub digest: Digest,
    pub blobs: u32,
    pub bytes: u64,
    /// The platforms that it says it runs on; empty where that is not known.
    pub platforms: Vec<String>,
    /// Where it is copied from.
    pub source: ImageSource,
    /// Why it cannot be had right now; only matters where it has to be copied.
    pub missing: Option<String>,
}

/// An image's name in the lock: what stands behind `image.` in its address.
pub fn name_of(image: &Address) -> &str {
    image.as_str().strip_prefix("image.").unwrap_or(image.as_str())
}

impl Default for Lock {
    fn default() -> Self {
        let (images, rankings) = (BTreeMap::new(), BTreeMap::new());
        Self { format_version: FORMAT_VERSION.to_owned(), images, rankings }
    }
}

/// Reads the text of a lock file.
pub fn read(text: &str) -> Result<Lock, Box<Diagnostic>> {
    let refuse = |why: String| {
        let help = "restore it from version control, or delete it and run `lifeboat lock`";
        Box::new(Diagnostic::global(codes::LOCK_INVALID, why).about(FILE).help(help))
    };
    let version: Version = hcl::from_str(text).map_err(|why| refuse(unreadable(&why)))?;
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    if major(&version.format_version) != major(FORMAT_VERSION) {
        let why = format!(
            "It has format version `{}`, and this Lifeboat reads `{FORMAT_VERSION}`.",
            version.format_version.chars().take(20).collect::<String>()
        );
        let help = "run the version of Lifeboat that wrote it";
        return Err(Box::new(Diagnostic::global(codes::LOCK_INVALID, why).about(FILE).help(help)));
    }
    let read: Result<Lock, hcl::Error> = hcl::from_str(text);
    let lock = read.map_err(|why| refuse(unreadable(&why)))?;
    // What is read is what the version of today would have written.
    Ok(Lock { format_version: FORMAT_VERSION.to_owned(), ..lock })
}

/// What is read first: whether the rest can be understood.
#[derive(Deserialize)]
struct Version {
    format_version: String,
}

/// Why the text is no lock, on one line.
fn unreadable(why: &hcl::Error) -> String {
    if let hcl::Error::Parse(why) = why {
        let (line, message) = (why.location().line(), why.message());
        return format!("It cannot be read: in line {line}: {message}.");
    }
    format!("It cannot be read: {why}.")
}

/// The text of a lock file; the same lock gives the same text.
pub fn write(lock: &Lock) -> String {
    let mut body =
        hcl::Body::builder().add_attribute(("format_version", lock.format_version.as_str()));
    for (name, image) in &lock.images {
        let mut block = Block::builder("image")
            .add_label(name.as_str())
            .add_attribute(("digest", image.digest.as_str()))
            .add_attribute(("source", image.source.as_str()))
            .add_attribute(("blobs", image.blobs))
            .add_attribute(("bytes", image.bytes));
        if !image.platforms.is_empty() {
            block = block.add_attribute(("platforms", build::list(&image.platforms)));
        }
        let build = image.build.as_ref().map(LockedBuild::block);
        body = body.add_block(block.add_blocks(build).build());
    }
    for (name, ranking) in &lock.rankings {
        body = body.add_block(ranking.block(name));
    }
    let text = hcl::to_string(&body.build());
    let text = text.unwrap_or_else(|why| unreachable!("This is a bug in Lifeboat: {why}"));
    format!("# Written by `lifeboat lock`. Commit it beside the configuration.\n\n{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let image = LockedImage {
            digest: Digest::of(b""),
            source: "oci:images/web:1.0".to_owned(),
            blobs: 3,
            bytes: 5_000_000_000,
            platforms: vec!["linux/amd64".to_owned(), "linux/arm64".to_owned()],
            build: None,
        };
        let texts = |texts: &[&str]| -> BTreeMap<String, String> {
            texts.iter().map(|text| ((*text).to_owned(), "0123".to_owned())).collect()
        };
        let build = LockedBuild {
            inputs: Digest::of(b"inputs"),
            builder: "buildah 1.28.2".to_owned(),
            dockerfile: "web/Dockerfile".to_owned(),
            target: Some("run\"time".to_owned()),
            platforms: vec!["linux/amd64".to_owned()],
            instructions: vec!["0123".to_owned(), "4567".to_owned()],
            args: texts(&["NODE"]),
            bases: texts(&["docker.io/library/node:22"]),
            files: texts(&["a b", "${a}", "\u{e4}\n", "src/"]),
            depth: Some(1),
        };
        let names = ["web".to_owned(), "api[\"a b\"]".to_owned()];
        let mut images: BTreeMap<String, LockedImage> =
            names.into_iter().map(|name| (name, image.clone())).collect();
        images.insert("built".to_owned(), LockedImage { build: Some(build), ..image });
        let place = |rank| LockedPlace { rank, digest: Digest::of(b"") };
        let places = [("slow", Some(2)), ("fast \"", Some(1)), ("broken", None)];
        let ranking = LockedRanking {
            region: "ireland".to_owned(),
            winner: "fast \"".to_owned(),
            candidates: places.map(|(name, rank)| (name.to_owned(), place(rank))).into(),
        };
        let rankings = BTreeMap::from([("web".to_owned(), ranking)]);
        let lock = Lock { images, rankings, ..Lock::default() };
        let text = write(&lock);
        assert_eq!(read(&text).unwrap(), lock, "{text}");
        assert_eq!(read(&write(&Lock::default())).unwrap(), Lock::default());
    }

    #[test]
    fn what_cannot_be_trusted_is_refused() {
        for bad in
            ["", "{", "format_version = \"2.0\"\n", "format_version = \"1.0\"\nimage \"a\" {}\n"]
        {
            assert_eq!(read(bad).unwrap_err().code, codes::LOCK_INVALID, "{bad}");
        }
    }
}
