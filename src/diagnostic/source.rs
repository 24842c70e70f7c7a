//! Files and places in them.

/// A file in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileId(u32);

/// Bytes `start..end` of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// From the start of this span to the end of `other`, which lies in the same file.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { end: other.end.max(self.end), ..self }
    }

    /// Whether `other` lies within this span.
    pub fn contains(self, other: Self) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }
}

/// The files that an author wrote.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

#[derive(Clone, Debug)]
struct Source {
    name: String,
    text: String,
    /// Where each line starts, in bytes.
    lines: Vec<u32>,
}

/// A place as people count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
}

impl Sources {
    /// Adds a file of at most 4 GiB.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let text = text.into();
        let starts = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(starts).map(offset).collect();
        self.files.push(Source { name: name.into(), text, lines });
        FileId(offset(self.files.len() - 1))
    }

    /// Every file, in the order added.
    pub fn ids(&self) -> impl Iterator<Item = FileId> + use<> {
        (0..offset(self.files.len())).map(FileId)
    }

    pub fn name(&self, file: FileId) -> &str {
        &self.source(file).name
    }

    pub fn text(&self, file: FileId) -> &str {
        &self.source(file).text
    }

    /// Where a byte stands.
    pub fn place(&self, file: FileId, byte: u32) -> Place {
        let source = self.source(file);
        let line = source.lines.partition_point(|start| *start <= byte);
        let start = source.lines[line - 1] as usize;
        let end = (byte as usize).clamp(start, source.text.len());
        let before = source.text.get(start..end).unwrap_or_default();
        Place { line: offset(line), column: offset(before.chars().count() + 1) }
    }

    /// The text of a line, counted from 1, without its end.
    pub fn line(&self, file: FileId, line: u32) -> &str {
        let source = self.source(file);
        let start = source.lines.get(line as usize - 1).map_or(0, |start| *start as usize);
        let rest = &source.text[start..];
        rest.split('\n').next().unwrap_or_default().trim_end_matches('\r')
    }

    /// Where a line starts, in bytes.
    pub fn line_start(&self, file: FileId, line: u32) -> u32 {
        self.source(file).lines.get(line as usize - 1).copied().unwrap_or(0)
    }

    fn source(&self, file: FileId) -> &Source {
        &self.files[file.0 as usize]
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_characters_from_one() {
        let mut sources = Sources::default();
        let file = sources.add("a.hcl", "a = \"ä\" # x\nb = 2");
        assert_eq!(sources.place(file, 0), Place { line: 1, column: 1 });
        assert_eq!(sources.place(file, 9), Place { line: 1, column: 9 });
        assert_eq!(sources.place(file, 13), Place { line: 2, column: 1 });
        assert_eq!(sources.place(file, 900), Place { line: 2, column: 6 });
        assert_eq!(sources.line(file, 2), "b = 2");
    }
}
