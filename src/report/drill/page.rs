//! A drill as one page that stands by itself: nothing is fetched, and nothing runs but its own script.
//!
//! Every loss is there as HTML and is chosen by its link, so the script only adds comfort.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::markup::{Sheet, escaped};
use super::table::{self, badge};
use super::{chart, map, timeline, words};
use crate::drill::{Answered, Compared, Drill, Loss};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Losses that are drawn. Each takes some ten kilobytes; the rest stands in the JSON report.
const LOSSES_MAX: usize = 200;

/// A drill as one page, for a browser of any size, with or without scripts.
pub fn html(drill: &Drill) -> String {
    let mut out = head(drill);
    header(drill, &mut out);
    out.push_str("<main>\n");
    out.push_str(&table::newly(drill));
    losses(drill, &mut out);
    out.push_str(&table::objectives(drill));
    out.push_str(&table::sets(drill));
    out.push_str(&table::lints(drill));
    out.push_str(&table::assumptions(drill));
    out.push_str("</main>\n");
    footer(drill, &mut out);
    let _infallible = write!(out, "<script>{SCRIPT}</script>\n</body>\n</html>\n");
    out
}

/// What a browser may run and show: what is in this very file.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

fn head(drill: &Drill) -> String {
    let title = format!("{}: drill of {}", drill.verdict.word(), drill.stack.as_str());
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light\">\n<title>{}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n",
        policy(),
        escaped(&title)
    )
}

fn header(drill: &Drill, out: &mut String) {
    let class = table::class(drill.verdict);
    let _infallible = writeln!(
        out,
        "<header class=\"{class}\">\n<h1>{} {}</h1>",
        badge(drill.verdict),
        escaped(&words::answer(drill))
    );
    if let [only] = &drill.objectives[..]
        && let Some(reason) = &only.reason
    {
        let _infallible = writeln!(out, "<p>{}</p>", escaped(reason));
    }
    let stack = escaped(drill.stack.as_str());
    let searched = escaped(&words::searched(drill));
    let _infallible = writeln!(out, "<p class=\"about\">Drill of <b>{stack}</b>, {searched}.</p>");
    if let Compared::Not(why) = &drill.compared {
        let why = escaped(why);
        let _infallible =
            writeln!(out, "<p class=\"about\">Not compared with the world as it is: {why}.</p>");
    }
    out.push_str("</header>\n");
}

fn footer(drill: &Drill, out: &mut String) {
    let version = escaped(&drill.lifeboat_version);
    let _infallible = writeln!(out, "<footer>Lifeboat {version}</footer>");
}

fn losses(drill: &Drill, out: &mut String) {
    let all = words::losses(drill);
    let shown = &all[..all.len().min(LOSSES_MAX)];
    let Some((first, others)) = shown.split_first() else { return };
    out.push_str(
        "<section id=\"losses\">\n<h2>When something is lost</h2>\n<div class=\"choice\">\n\
         <nav aria-label=\"Losses\">\n<ul>\n",
    );
    let several = drill.objectives.len() > 1;
    for (number, loss) in (1..).zip(shown) {
        let by = words::objective(drill, loss).map(|objective| words::by(loss, objective));
        let by = by.map_or_else(String::new, |by| words::time_or(by, "never"));
        let whose = if several {
            format!(" <i>{}</i>", escaped(words::short(&loss.objective)))
        } else {
            String::new()
        };
        let _infallible = writeln!(
            out,
            "<li><a href=\"#loss-{number}\"><span>{}{whose}</span> {} <b>{by}</b></a></li>",
            escaped(&words::lost(&loss.lost)),
            badge(loss.verdict)
        );
    }
    out.push_str("</ul>\n");
    out.push_str(&table::rest(all.len(), LOSSES_MAX));
    out.push_str("</nav>\n<div class=\"shown\">\n");
    // The one that is shown where none is chosen comes last, for the style sheet to see what is
    // before it.
    for (number, loss) in (2..).zip(others) {
        article(drill, loss, (number, ""), out);
    }
    article(drill, first, (1, " first"), out);
    out.push_str("</div>\n</div>\n</section>\n");
}

fn article(drill: &Drill, loss: &Loss, (number, class): (usize, &str), out: &mut String) {
    let whose = words::objective(drill, loss).map_or_else(String::new, |objective| {
        format!(
            " <span class=\"whose\">for <code>{}</code>, {} clients</span>",
            escaped(words::short(&objective.address)),
            escaped(&objective.clients)
        )
    });
    let _infallible = writeln!(
        out,
        "<article class=\"loss{class}\" id=\"loss-{number}\" aria-labelledby=\"title-{number}\">\n\
         <h3 id=\"title-{number}\" tabindex=\"-1\">{} lost {}{whose}</h3>\n<p>{}</p>\n\
         <div class=\"figures\">",
        escaped(&words::lost(&loss.lost)),
        badge(loss.verdict),
        escaped(&words::outcome(drill, loss))
    );
    let figures = [
        ("Where clients are led", map::drawn(drill, loss, Sheet::Figure)),
        ("What happens when", timeline::drawn(drill, loss, Sheet::Figure)),
        ("Who is served", chart::drawn(drill, loss, Sheet::Figure)),
    ];
    for (caption, drawing) in figures {
        let _infallible =
            writeln!(out, "<figure>\n<figcaption>{caption}</figcaption>\n{drawing}</figure>");
    }
    out.push_str("</div>\n<details>\n<summary>Answers before and after</summary>\n");
    let rows = answers("before", &loss.before).chain(answers("after", &loss.after));
    let columns = ["when", "share", "target", "region", "values", "serves"];
    out.push_str(&table::table(&columns, &rows.collect::<Vec<_>>()));
    out.push_str(
        "</details>\n<p class=\"back\"><a href=\"#losses\">All losses</a></p>\n</article>\n",
    );
}

fn answers(when: &str, all: &[Answered]) -> impl Iterator<Item = Vec<String>> {
    all.iter().map(move |one| {
        let or_dash =
            |text: &Option<String>| text.as_deref().map_or_else(|| "-".to_owned(), escaped);
        vec![
            when.to_owned(),
            escaped(&words::percent(one.share)),
            or_dash(&one.target),
            or_dash(&one.region),
            escaped(&one.values.join(" ")),
            if one.serves { "yes" } else { "no" }.to_owned(),
        ]
    })
}
