//! Targets that lead to another name, and checks that ask elsewhere than they seem to.

use expect_test::expect;

use super::{PRIMARY, STANDBY, check, www};

/// `www`, whose primary leads to another name.
fn led(inner: &str, standby: &str) -> String {
    let primary = "
  target \"primary\" {
    region = region.virginia
    alias {
      name = \"inner\"
    }
  }
";
    format!("{}{inner}", www(&format!("{primary}{standby}")))
}

const RECORD: &str = r#"
record "inner" {
  zone         = zone.main
  name         = "inner"
  type         = "A"
  ttl          = "60s"
  values       = ["192.0.2.1"]
  health_check = health_check.web["virginia"]
}
"#;

#[test]
fn what_an_alias_leads_to_is_lost_with_its_target() {
    check(
        &led(RECORD, STANDBY),
        expect![[r"
        MET virginia: 108s
          ireland + virginia: nothing is left to answer
        ireland: virginia stays
        virginia: ireland answers
    "]],
    );
}

#[test]
fn an_alias_that_ignores_checks_stays_with_what_is_lost() {
    let ignoring = led(RECORD, STANDBY).replace(
        "      name = \"inner\"\n",
        "      name = \"inner\"\n      evaluate_target_health = false\n",
    );
    check(
        &ignoring,
        expect![[r"
        VIOLATED virginia: never
          virginia: virginia is lost, and no answer depends on its check
        ireland: virginia stays
        virginia: virginia is lost, and no answer depends on its check
    "]],
    );
}

/// The inner name moves by itself: the outer one stays with it.
#[test]
fn an_alias_of_another_failover_leads_to_the_regions_of_that() {
    let inner = format!(
        "failover \"inner\" {{\n  zone = zone.main\n  name = \"inner\"\n{PRIMARY}{STANDBY}\n}}\n"
    );
    let standby = STANDBY.replace("ireland", "tokyo").replace("192.0.2.2", "192.0.2.3");
    check(
        &led(&inner, &standby),
        expect![[r"
        MET virginia: 108s
        ireland: virginia stays
        tokyo: virginia stays
        virginia: ireland answers
    "]],
    );
}
