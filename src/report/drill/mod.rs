//! What a drill found, in every form in which people and machines read it.
//!
//! Input: [`crate::drill::Drill`]. Output: text for a terminal, Markdown for a pull request, JUnit XML
//! for CI, drawings, and a page. JSON is the artifact itself. Every text of the artifact is escaped
//! here, whatever it holds.

mod chart;
mod junit;
mod map;
mod markdown;
mod markup;
mod outlook;
mod page;
mod rail;
mod scale;
mod table;
mod terminal;
mod timeline;
mod words;

pub use self::chart::distribution_svg;
pub use self::junit::junit;
pub use self::map::traffic_svg;
pub use self::markdown::markdown;
pub use self::outlook::outlook;
pub use self::page::html;
pub use self::terminal::{findings, terminal};
pub use self::timeline::timeline_svg;
