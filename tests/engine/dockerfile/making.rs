//! Awkward Dockerfiles, made by chance.

use std::fmt::Write as _;

/// Makes one awkward file.
pub(super) struct Making {
    pub(super) seed: u64,
    pub(super) escape: char,
}

impl Making {
    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.seed;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }

    pub(super) fn file(mut self) -> String {
        let mut out = String::new();
        if self.below(8) == 0 {
            out.push('\u{feff}');
        }
        if self.below(4) == 0 {
            out.push_str("# syntax=docker/dockerfile:1\n");
        }
        if self.below(4) == 0 {
            self.escape = '`';
            out.push_str(self.one(&["#escape=`\n", "# Escape = `\n"]));
        }
        if self.below(3) == 0 {
            out.push_str("# check=skip=all\n");
        }
        if self.below(3) == 0 {
            out.push_str("ARG BASE=docker.io/library/busybox:1\n\n");
        }
        for stage in 0..=self.below(3) {
            self.from(stage, &mut out);
            for _ in 0..self.below(7) {
                self.instruction(stage, &mut out);
            }
        }
        let ends = self.below(4);
        match ends {
            0 => drop(out.pop()),
            1 => out.push_str("\n\n# the end"),
            _ => {}
        }
        if self.below(6) == 0 { out.replace('\n', "\r\n") } else { out }
    }

    fn from(&mut self, stage: usize, out: &mut String) {
        let keyword = self.one(&["FROM", "from", "From"]);
        let platform = self.one(&["", "", "--platform=$BUILDPLATFORM "]);
        let base = self.one(&["scratch", "${BASE}", "busybox:1", "host:5000/a/b@sha256:0"]);
        let named = self.one(&["AS", "as", "As"]);
        writeln!(out, "{keyword} {platform}{base} {named} stage{stage}").unwrap();
    }

    /// Between two words: a blank, or a line's end that does not count.
    fn gap(&mut self) -> String {
        let escape = self.escape;
        match self.below(9) {
            0 => format!(" {escape}\n  "),
            1 => format!(" {escape}\n# a comment\n\t"),
            2 => format!(" {escape}\n\n   # one\n#two {escape}\n  "),
            3 => format!("{escape}  \n "),
            4 => "  \t".to_owned(),
            _ => " ".to_owned(),
        }
    }

    fn instruction(&mut self, stage: usize, out: &mut String) {
        out.push_str(self.one(&["", "", "", "\n", "# between\n", "  ", "\t"]));
        let start = self.one(&["", "", "", "", "", "ONBUILD ", "onbuild "]);
        out.push_str(start);
        match self.below(12) {
            0 | 1 => self.copy(stage, out),
            2 | 3 => self.run(out),
            4 => self.heredoc(out),
            5 => self.copied_heredoc(out),
            6 => self.pairs(out),
            7 => {
                let gap = self.gap();
                let text = self.one(&["A=1", "A", "A=\"x y\" B=2", "NAME='a b'", "x=${A:-b c}"]);
                writeln!(out, "ARG{gap}{text}").unwrap();
            }
            8 => {
                let keyword = self.one(&["CMD", "cmd", "ENTRYPOINT", "Entrypoint"]);
                let gap = self.gap();
                let text =
                    self.one(&["[\"a\", \"b c\"]", "[ \"a\" ]", "a b", "[a, b]", "[\"a\"] b"]);
                writeln!(out, "{keyword}{gap}{text}").unwrap();
            }
            9 => {
                let keyword = self.one(&["USER", "WORKDIR", "workdir", "STOPSIGNAL"]);
                let text = self.one(&["/a", "$X", "a"]);
                writeln!(out, "{keyword} {text}").unwrap();
            }
            10 => {
                let keyword = self.one(&["EXPOSE", "VOLUME", "expose"]);
                let (one, two) = (self.gap(), self.gap());
                writeln!(out, "{keyword}{one}80{two}443/tcp").unwrap();
            }
            _ => {
                let text = self.one(&[
                    "HEALTHCHECK --interval=1s CMD a  b",
                    "HEALTHCHECK CMD [\"a\", \"b c\"]",
                    "HEALTHCHECK NONE",
                ]);
                writeln!(out, "{text}").unwrap();
                let text =
                    self.one(&["SHELL [\"sh\", \"-c\"]", "VOLUME [\"/a\", \"/b\"]", "RUN a\\\\"]);
                writeln!(out, "{text}").unwrap();
            }
        }
    }

    fn copy(&mut self, stage: usize, out: &mut String) {
        let keyword = self.one(&["COPY", "copy", "ADD", "Add"]);
        let flags = match self.below(5) {
            0 if stage > 0 => "--from=stage0 ",
            1 => "--chown=1:1 --chmod=644 ",
            2 => "--link ",
            _ => "",
        };
        let (one, two, three) = (self.gap(), self.gap(), self.gap());
        let source = self.one(&["a", "'a b'", "\"a b\"", "*.js", "src/", "$A/x", "ä"]);
        match self.below(4) {
            0 => writeln!(out, "{keyword} {flags}[\"a b\", \"c\", \"/d/\"]").unwrap(),
            1 => writeln!(out, "{keyword} {flags}[\"a\",{one}\"/d/\"]").unwrap(),
            _ => writeln!(out, "{keyword}{one}{flags}{source}{two}b{three}/d/").unwrap(),
        }
    }

    fn run(&mut self, out: &mut String) {
        let keyword = self.one(&["RUN", "run"]);
        let flags = self.one(&["", "", "--mount=type=cache,target=/c ", "--network=none "]);
        let (one, two, three) = (self.gap(), self.gap(), self.gap());
        let text = self.one(&["echo \"a # b\"", "x <<< y", "a 'b' \\$c", "[ -f x ]", "a#no", "é"]);
        let rest = self.one(&["&& b", "| c", "; d \\\\ x", "\"e\""]);
        writeln!(out, "{keyword}{one}{flags}{text}{two}{rest}{three}f").unwrap();
    }

    /// A document's lines and its end.
    fn body(&mut self, tabs: bool, name: &str, out: &mut String) {
        for _ in 0..self.below(4) {
            let escape = self.escape;
            let start = if tabs && self.below(2) == 0 { "\t" } else { "" };
            let line = self.one(&["echo a", "# no comment", "", "FROM x AS y", "EOF2", "<<X", "ä"]);
            let end = if self.below(4) == 0 { escape.to_string() } else { String::new() };
            writeln!(out, "{start}{line}{end}").unwrap();
        }
        let start = if tabs { "\t\t" } else { "" };
        writeln!(out, "{start}{name}").unwrap();
    }

    fn heredoc(&mut self, out: &mut String) {
        match self.below(5) {
            0 => {
                out.push_str("RUN <<EOF\n");
                self.body(false, "EOF", out);
            }
            1 => {
                out.push_str("RUN <<-'EOF' cat\n");
                self.body(true, "EOF", out);
            }
            2 => {
                out.push_str("RUN cat <<A > /a && cat <<-B > /b\n");
                self.body(false, "A", out);
                self.body(true, "B", out);
            }
            3 => {
                let escape = self.escape;
                writeln!(out, "run --mount=type=cache,target=/c {escape}\n  python 3<<\"E\"")
                    .unwrap();
                self.body(false, "E", out);
            }
            _ => {
                out.push_str("RUN <<A <<B cat\n");
                self.body(false, "A", out);
                self.body(false, "B", out);
            }
        }
    }

    fn copied_heredoc(&mut self, out: &mut String) {
        let keyword = self.one(&["COPY", "ADD", "copy"]);
        let gap = self.gap();
        writeln!(out, "{keyword} --chmod=644 <<one{gap}<<-\"two\" three /d/").unwrap();
        self.body(false, "one", out);
        self.body(true, "two", out);
    }

    fn pairs(&mut self, out: &mut String) {
        let keyword = self.one(&["ENV", "LABEL", "env"]);
        let (one, two) = (self.gap(), self.gap());
        match self.below(3) {
            0 => writeln!(out, "{keyword}{one}NAME value with  blanks").unwrap(),
            1 => writeln!(out, "{keyword}{one}A=1{two}B=\"x y\"{one}C='$A'").unwrap(),
            _ => writeln!(out, "{keyword}{one}a.b=x${{Y}}{two}c=d").unwrap(),
        }
    }
}
