//! How large a value may become.

use super::Value;

/// Values within one value. A configuration is written by people; more is a slip.
pub(in super::super) const VALUES_MAX: usize = 1_000_000;

/// Bytes of text within one value, so that no expression can double its way to a full memory.
pub(in super::super) const TEXT_BYTES_MAX: usize = 16 << 20;

/// So much text costs as much as one more value.
const TEXT_BYTES_PER_VALUE: usize = 16;

/// Levels within one value: showing, comparing and dropping a value recurse this deep.
const LEVELS_MAX: u32 = 128;

/// Counts what a value holds, shared parts as often as they stand there, because that is what
/// printing or comparing it will cost, and returns that as a number. `Err` says in words which limit
/// is exceeded.
pub(in super::super) fn check_size(value: &Value) -> Result<usize, String> {
    let mut room = Room { values: VALUES_MAX + 1, text: TEXT_BYTES_MAX };
    room.fit(value, 0)?;
    Ok(VALUES_MAX + 1 - room.values + (TEXT_BYTES_MAX - room.text) / TEXT_BYTES_PER_VALUE)
}

struct Room {
    values: usize,
    text: usize,
}

impl Room {
    fn fit(&mut self, value: &Value, level: u32) -> Result<(), String> {
        if level > LEVELS_MAX {
            return Err(format!("it is nested more than {LEVELS_MAX} levels deep"));
        }
        self.values = self
            .values
            .checked_sub(1)
            .ok_or_else(|| format!("it holds more than {VALUES_MAX} elements"))?;
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Block(_) => Ok(()),
            Value::String(text) => self.fit_text(text),
            Value::List(items) => items.iter().try_for_each(|item| self.fit(item, level + 1)),
            Value::Map(map) => map.iter().try_for_each(|(key, item)| {
                self.fit_text(key)?;
                self.fit(item, level + 1)
            }),
            Value::Sensitive(inner) => self.fit(inner, level + 1),
        }
    }

    fn fit_text(&mut self, text: &str) -> Result<(), String> {
        self.text = self
            .text
            .checked_sub(text.len())
            .ok_or_else(|| format!("it holds more than {} MiB of text", TEXT_BYTES_MAX >> 20))?;
        Ok(())
    }
}
