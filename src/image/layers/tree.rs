//! The file system that layers make one upon another, and what of them is not seen in the end.

use std::collections::BTreeMap;
use std::io::{self, Read};

use tar::{Archive, EntryType};

/// Hides what lower layers have by that name.
const WHITEOUT: &str = ".wh.";
/// Hides all that lower layers have in its folder.
const OPAQUE: &str = ".wh..wh..opq";

/// A file, link or folder, and the layer that it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) layer: usize,
    pub(super) bytes: u64,
    pub(super) mode: u32,
    pub(super) is_folder: bool,
}

/// What is seen so far, and what was and is no more.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) seen: BTreeMap<String, Node>,
    /// What is replaced or deleted: its bytes by path and layer.
    pub(super) lost: BTreeMap<(String, usize), u64>,
    entries: usize,
}

/// What more than this holds was not made to be run.
const ENTRIES_MAX: usize = 4_000_000;

impl Tree {
    /// Puts a layer upon the others; how many bytes its files have.
    pub(super) fn put(&mut self, layer: usize, archive: impl Read) -> io::Result<u64> {
        let (mut new, mut hidden) = (BTreeMap::new(), Vec::new());
        let mut bytes = 0_u64;
        for entry in Archive::new(archive).entries()? {
            let entry = entry?;
            self.entries += 1;
            if self.entries > ENTRIES_MAX {
                return Err(io::Error::other(format!("there are more than {ENTRIES_MAX} files")));
            }
            let path = clean(&String::from_utf8_lossy(&entry.path_bytes()));
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
            if name == OPAQUE {
                hidden.push((folder.to_owned(), false));
            } else if let Some(name) = name.strip_prefix(WHITEOUT) {
                hidden.push((clean(&format!("{folder}/{name}")), true));
            } else if !path.is_empty() {
                let kind = entry.header().entry_type();
                let is_folder = kind == EntryType::Directory;
                let mode = entry.header().mode()?;
                let size = if is_folder { 0 } else { entry.size() };
                bytes = bytes.saturating_add(size);
                new.insert(path, Node { layer, bytes: size, mode, is_folder });
            }
        }
        // What a layer hides lies below it, wherever in the archive it says so.
        for (path, itself) in hidden {
            self.remove(&path, itself);
        }
        for (path, node) in new {
            // A folder upon a folder keeps what is in it.
            let goes_on = node.is_folder && self.seen.get(&path).is_none_or(|old| old.is_folder);
            if !goes_on {
                self.remove(&path, true);
            }
            self.seen.insert(path, node);
        }
        Ok(bytes)
    }

    /// Removes what lies below a path, and the path itself where that is meant.
    fn remove(&mut self, path: &str, itself: bool) {
        let start = if path.is_empty() { String::new() } else { format!("{path}/") };
        let below = self.seen.range(start.clone()..).take_while(|(at, _)| at.starts_with(&start));
        let mut gone: Vec<String> = below.map(|(at, _)| at.clone()).collect();
        if itself {
            gone.push(path.to_owned());
        }
        for path in gone {
            if let Some(node) = self.seen.remove(&path).filter(|node| node.bytes > 0) {
                *self.lost.entry((path, node.layer)).or_default() += node.bytes;
            }
        }
    }
}

/// A path from the root on, without a slash at its ends.
fn clean(path: &str) -> String {
    let parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive of files with so many bytes; what ends with `/` is a folder.
    fn layer(files: &[(&str, usize)]) -> Vec<u8> {
        let mut made = tar::Builder::new(Vec::new());
        for (path, size) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(*size as u64);
            header.set_mode(0o644);
            if path.ends_with('/') {
                header.set_entry_type(EntryType::Directory);
            }
            header.set_cksum();
            made.append_data(&mut header, path, &vec![1; *size][..]).unwrap();
        }
        made.into_inner().unwrap()
    }

    fn check(layers: &[&[(&str, usize)]], seen: &[&str], lost: &[(&str, usize, u64)]) {
        let mut tree = Tree::default();
        for (at, files) in layers.iter().enumerate() {
            let bytes = tree.put(at, &layer(files)[..]).unwrap();
            assert_eq!(bytes, files.iter().map(|(_, size)| *size as u64).sum::<u64>());
        }
        let files: Vec<&str> = tree
            .seen
            .iter()
            .filter(|(_, node)| !node.is_folder)
            .map(|(path, _)| path.as_str())
            .collect();
        assert_eq!(files, seen);
        let gone: Vec<(&str, usize, u64)> = tree
            .lost
            .iter()
            .map(|((path, layer), bytes)| (path.as_str(), *layer, *bytes))
            .collect();
        assert_eq!(gone, lost);
    }

    #[test]
    fn what_is_not_seen_in_the_end_is_lost() {
        check(&[&[("a", 3), ("b", 4)], &[("a", 5)]], &["a", "b"], &[("a", 0, 3)]);
        check(&[&[("d/", 0), ("d/a", 3)], &[("d/", 0), ("d/b", 1)]], &["d/a", "d/b"], &[]);
        check(&[&[("d/", 0), ("d/a", 3)], &[(".wh.d", 0)]], &[], &[("d/a", 0, 3)]);
        check(&[&[("d/a", 3)], &[("d", 2)]], &["d"], &[("d/a", 0, 3)]);
        check(&[&[("d", 2)], &[("d/", 0), ("d/a", 3)]], &["d/a"], &[("d", 0, 2)]);
        // An opaque folder keeps what its own layer has, wherever the sign stands.
        let opaque: &[(&str, usize)] = &[("d/b", 1), ("d/.wh..wh..opq", 0)];
        check(&[&[("d/a", 3), ("da", 1)], opaque], &["d/b", "da"], &[("d/a", 0, 3)]);
        check(&[&[("a", 3)], &[("a", 3)], &[(".wh.a", 0)]], &[], &[("a", 0, 3), ("a", 1, 3)]);
        check(&[&[("./a", 3)], &[(".wh.b", 0)]], &["a"], &[]);
    }

    #[test]
    fn what_is_no_archive_is_an_error() {
        assert!(Tree::default().put(0, &[7_u8; 2_000][..]).is_err());
        let whole = layer(&[("a", 900)]);
        assert!(Tree::default().put(0, &whole[..700]).is_err());
    }
}
