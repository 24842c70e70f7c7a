//! Near-miss names.

/// The candidate that was probably meant, if one is near enough.
pub fn nearest<'a>(meant: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A name of one or two letters is near to any other.
    let limit = match meant.chars().count() {
        0..=2 => 0,
        length => length / 3,
    };
    candidates
        .into_iter()
        .map(|candidate| (distance(meant, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Edits that turn one into the other: insert, delete, replace, or swap two neighbours. Names have
/// at most some 60 characters; longer ones are not worth the work.
fn distance(a: &str, b: &str) -> usize {
    const LONGEST: usize = 64;
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len() > LONGEST || b.len() > LONGEST {
        return usize::MAX;
    }
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let mut least = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    least = least.min(rows[i - 2][j - 2] + 1);
                }
                least
            };
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let names = ["failures", "interval", "timeout", "url"];
        assert_eq!(nearest("failure", names), Some("failures"));
        assert_eq!(nearest("intervall", names), Some("interval"));
        assert_eq!(nearest("tiemout", names), Some("timeout"));
        assert_eq!(nearest("weight", names), None);
        assert_eq!(nearest("url", names), Some("url"));
    }
}
