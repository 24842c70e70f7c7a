//! Files that are generated from tables and types are equal to what is checked in. `UPDATE=1` writes
//! them.

use std::path::Path;

use lifeboat::{apply, diagnostic, drill, intent, language, lock, plan, rehearse, report};

/// Compares, or writes.
fn check(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == text, "{name} is not up to date: run `cargo xtask docs` or `schemas`");
}

mod docs {
    use super::*;

    /// With every provider, so only a build that has them all can tell.
    #[cfg(all(feature = "aws", feature = "registry"))]
    #[test]
    fn the_blocks_are_those_of_the_tables() {
        let all = [lifeboat_local::INFO, lifeboat_aws::INFO, lifeboat_oci::INFO];
        check("docs/blocks.md", &report::blocks(&all));
    }

    /// A build without every provider can tell as much.
    #[test]
    fn the_reference_has_every_line_of_the_blocks_that_are_known() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/blocks.md");
        let written = std::fs::read_to_string(path).unwrap();
        let known = [
            lifeboat_local::INFO,
            #[cfg(feature = "registry")]
            lifeboat_oci::INFO,
        ];
        let known = report::blocks(&known);
        let missing: Vec<&str> = known.lines().filter(|line| !written.contains(line)).collect();
        assert!(missing.is_empty(), "not in docs/blocks.md: {missing:#?}");
    }

    #[test]
    fn the_reference_is_that_of_the_tables() {
        check("docs/functions.md", &report::functions());
        check("docs/codes.md", &report::codes());
        check("docs/lints.md", &report::lint_rules());
        check("docs/drill-lints.md", &report::drill_rules());
    }

    #[test]
    fn every_block_in_the_reference_is_laid_out_and_reads() {
        for schema in intent::SCHEMAS {
            assert_eq!(language::format(schema.example), schema.example, "{}", schema.kind);
            let mut sources = diagnostic::Sources::default();
            sources.add("example.hcl", schema.example);
            let (document, found) = language::parse(&sources);
            assert!(!found.has_errors(), "{}", diagnostic::text(&found, &sources, false));
            assert_eq!(document.blocks.len(), 1, "{}", schema.kind);
        }
    }
}

mod schemas {
    use super::*;

    fn check_schema(name: &str, schema: &schemars::Schema) {
        let text = serde_json::to_string_pretty(schema).unwrap() + "\n";
        check(&format!("schemas/{name}.schema.json"), &text);
    }

    #[test]
    fn the_schemas_are_those_of_the_types() {
        check_schema("plan", &schemars::schema_for!(plan::Plan));
        check_schema("drill", &schemars::schema_for!(drill::Drill));
        check_schema("lock", &schemars::schema_for!(lock::Lock));
        check_schema("journal", &schemars::schema_for!(apply::Entry));
        check_schema("event", &schemars::schema_for!(report::Line));
        check_schema("graph", &schemars::schema_for!(report::GraphJson));
        check_schema("diagnostic", &schemars::schema_for!(diagnostic::DiagnosticJson));
        check_schema("permissions", &schemars::schema_for!(report::Permissions));
        check_schema("drift", &schemars::schema_for!(report::DriftJson));
        check_schema("image-status", &schemars::schema_for!(report::ImageStatus));
        check_schema("image-lint", &schemars::schema_for!(report::Lints));
        check_schema("rehearsal", &schemars::schema_for!(rehearse::Rehearsal));
        check_schema("alive", &schemars::schema_for!(report::Alive));
        check_schema("ranking", &schemars::schema_for!(report::RankingJson));
        check_schema("validation", &schemars::schema_for!(report::Validation));
        for (name, schema) in lifeboat_local::schemas() {
            check_schema(&format!("local-{name}"), &schema);
        }
    }
}
