//! What is answered: by the book, by laws, and by a second evaluator that is written to be obvious.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should panic")]

mod choice;
mod laws;
mod obvious;
mod random;
mod text;
mod vectors;
