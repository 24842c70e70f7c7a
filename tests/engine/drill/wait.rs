//! Who waits for what, and who does not.

use expect_test::expect;

use super::{PRIMARY, STANDBY, check, www};

#[test]
fn clients_that_wait_for_days_do_not_blur_those_that_wait_for_seconds() {
    let clients = "clients \"far\" {\n  stretched    = 0.0001\n  stretched_to = \"48h\"\n}\n";
    let text = www(&format!("{PRIMARY}{STANDBY}"))
        .replace("  rto ", "  quantile = 0.5\n  clients  = clients.far\n  rto ");
    check(
        &format!("{clients}{text}"),
        expect![[r"
        MET virginia: 80s
          ireland + virginia: nothing is left to answer
        ireland: virginia stays
        virginia: ireland answers
    "]],
    );
}

#[test]
fn nobody_waits_for_a_cold_target_while_a_warm_one_serves() {
    let cold = STANDBY.replace(
        "  }\n",
        "    capacity {\n      grows = \"on_alarm\"\n      ready = \"2m\"\n    }\n  }\n",
    );
    let third =
        STANDBY.replace("standby", "third").replace("ireland", "tokyo").replace("2.2", "2.3");
    check(
        &www(&format!("{PRIMARY}{cold}{third}")),
        expect![[r"
            MET virginia: 108s
              tokyo + virginia: 95% of clients need 4m12s, of 3m00s
            ireland: virginia stays
            tokyo: virginia stays
            virginia: ireland answers
        "]],
    );
}

#[test]
fn one_address_is_in_one_place() {
    let same = STANDBY.replace("192.0.2.2", "192.0.2.1");
    check(
        &www(&format!("{PRIMARY}{same}")),
        expect![[r"
        VIOLATED ireland: never
          ireland: nothing is left to answer
          virginia: nothing is left to answer
        ireland: nothing is left to answer
        virginia: nothing is left to answer
    "]],
    );
}

#[test]
fn all_clients_are_served_by_the_bound() {
    let all = www(&format!("{PRIMARY}{STANDBY}")).replace("  rto ", "  quantile = 1\n  rto ");
    check(
        &all,
        expect![[r"
        MET virginia: 122s
          ireland + virginia: nothing is left to answer
        ireland: virginia stays
        virginia: ireland answers
    "]],
    );
}
