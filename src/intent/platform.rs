//! Platforms, such as `linux/amd64`.

use super::reader::{At, Reader};

/// What the attribute `platforms` names, sorted.
pub(super) fn read(reader: &Reader<'_>) -> Option<At<Vec<String>>> {
    let mut platforms = reader.texts("platforms")?;
    for platform in platforms.value.iter().filter(|platform| !is_platform(platform)) {
        let shown: String = platform.chars().take(80).collect();
        let detail = format!("`{shown}` is no platform; one is written like `linux/amd64`.");
        reader.refuse(platforms.span, detail);
    }
    platforms.value.sort();
    platforms.value.dedup();
    Some(platforms)
}

fn is_platform(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    let lawful = |part: &&str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "_.".contains(c))
    };
    (2..=3).contains(&parts.len()) && parts.iter().all(lawful)
}
