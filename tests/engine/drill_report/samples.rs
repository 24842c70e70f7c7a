//! Drills made by hand: one that is survived, one that is not, a large one and a hostile one.

use lifeboat::drill::{
    Answered, Assumption, BreakingSet, Compared, Component, ComponentKind, Drill, Event, EventKind,
    FORMAT_VERSION, Importance, Lint, LintCategory, LintSeverity, Loss, ObjectiveVerdict, Place,
    Recovery, Search, Span, Verdict,
};
use lifeboat_contract::RecordType;

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|&text| text.to_owned()).collect()
}

fn component(name: &str, kind: ComponentKind, takes: &[&str]) -> Component {
    Component { name: name.to_owned(), kind, takes: texts(takes) }
}

fn objective(
    name: &str,
    verdict: Verdict,
    worst: &[&str],
    recovery: Option<f64>,
) -> ObjectiveVerdict {
    ObjectiveVerdict {
        address: format!("objective.{name}").as_str().into(),
        protects: format!("failover.{name}").as_str().into(),
        name: format!("{name}.shop.example.com").parse().unwrap(),
        rtype: RecordType::A,
        survive: 1,
        named: false,
        rto: 180,
        quantile: 0.95,
        clients: "honest".to_owned(),
        verdict,
        reason: None,
        worst: texts(worst),
        recovery,
        before: None,
        breaking: Vec::new(),
        breaking_left_out: 0,
        importance: Vec::new(),
    }
}

fn breaking(lost: &[&str], why: &str, newly: bool) -> BreakingSet {
    BreakingSet { lost: texts(lost), why: why.to_owned(), newly, survived_with_more: 0 }
}

fn answered(target: &str, region: &str, value: &str, serves: bool) -> Answered {
    Answered {
        target: Some(target.to_owned()),
        region: Some(region.to_owned()),
        values: texts(&[value]),
        share: 1.0,
        serves,
    }
}

fn event(at: f64, kind: EventKind, text: &str) -> Event {
    Event { at, since: None, kind, text: text.to_owned() }
}

fn recovery(curve: &[(f64, f64)]) -> Recovery {
    let at = |share: f64| curve.iter().find(|(_, served)| *served >= share).map(|(at, _)| *at);
    let served = curve.last().unwrap().1;
    Recovery { p50: at(0.5), p95: at(0.95), p99: at(0.99), bound: at(served), served }
}

/// The primary is lost and the standby takes over, as with checks every 10 s and a TTL of 60 s.
pub(super) fn taken_over(objective: &str, lost: &[&str]) -> Loss {
    let curve = vec![
        (0.0, 0.0),
        (34.0, 0.0),
        (52.0, 0.06),
        (80.0, 0.5),
        (100.0, 0.85),
        (107.6, 0.95),
        (113.0, 0.99),
        (122.1, 1.0),
    ];
    Loss {
        lost: texts(lost),
        objective: format!("objective.{objective}").as_str().into(),
        verdict: Verdict::Met,
        summary: "ireland answers".to_owned(),
        before: vec![answered("primary", "virginia", "192.0.2.10", true)],
        after: vec![answered("standby", "ireland", "198.51.100.10", true)],
        detected: Some(Span { least: 32.0, mean: 40.3, most: 42.1 }),
        switched: Some(Span { least: 32.0, mean: 45.3, most: 52.1 }),
        recovery: recovery(&curve),
        events: vec![
            event(0.0, EventKind::Fault, "checks fail"),
            event(40.3, EventKind::Detected, "health flips"),
            event(45.3, EventKind::Switched, "DNS answers ireland"),
            event(105.3, EventKind::Expired, "60s TTL drains"),
            event(107.6, EventKind::Served, "95% of clients served again"),
        ],
        sampled: None,
        curve,
    }
}

/// What is lost is not answered anyway.
pub(super) fn untouched(objective: &str, lost: &[&str]) -> Loss {
    let primary = vec![answered("primary", "virginia", "192.0.2.10", true)];
    let curve = vec![(0.0, 1.0)];
    Loss {
        summary: "virginia stays".to_owned(),
        before: primary.clone(),
        after: primary,
        switched: None,
        recovery: recovery(&curve),
        events: vec![event(0.0, EventKind::Fault, "ireland is lost")],
        curve,
        ..taken_over(objective, lost)
    }
}

fn lint(rule: &str, severity: LintSeverity, message: &str, fix: &str) -> Lint {
    Lint {
        rule: rule.to_owned(),
        severity,
        category: LintCategory::Latency,
        address: "failover.www".to_owned(),
        place: Some(Place { file: "traffic.hcl".to_owned(), line: 22, column: 1 }),
        message: message.to_owned(),
        why: "Resolvers keep the dead answer for so long after the switch.".to_owned(),
        fix: fix.to_owned(),
        source: "Route 53 Developer Guide, dns-failover-problems".to_owned(),
        excepted: None,
    }
}

fn assumption(text: &str, documented: bool) -> Assumption {
    Assumption { text: text.to_owned(), source: "reference 2.2".to_owned(), documented }
}

/// The shop as it should be: any one region may be lost.
pub(super) fn survived() -> Drill {
    let mut www = objective("www", Verdict::Met, &["virginia"], Some(107.6));
    www.before = Some(Verdict::Violated);
    www.breaking = vec![
        breaking(&["virginia", "ireland"], "nothing is left to answer", false),
        breaking(&["virginia", "checkers:eu-west-1"], "health never flips", false),
    ];
    www.importance = vec![
        Importance { component: "virginia".to_owned(), sets: 2 },
        Importance { component: "ireland".to_owned(), sets: 1 },
    ];
    let checker = |place: &str| component(place, ComponentKind::Checkers, &[]);
    Drill {
        format_version: FORMAT_VERSION.to_owned(),
        lifeboat_version: "0.1.0".to_owned(),
        stack: "shop".parse().unwrap(),
        verdict: Verdict::Met,
        components: vec![
            component("virginia", ComponentKind::Region, &["registry:virginia"]),
            component("ireland", ComponentKind::Region, &["registry:ireland"]),
            component("registry:virginia", ComponentKind::Registry, &[]),
            component("registry:ireland", ComponentKind::Registry, &[]),
            checker("checkers:us-east-1"),
            checker("checkers:eu-west-1"),
        ],
        search: Search { losses_max: 2, exhaustive: false, outages: 21 },
        objectives: vec![www],
        losses: vec![taken_over("www", &["virginia"]), untouched("www", &["ireland"])],
        lints_off: 0,
        lints: vec![lint(
            "L34",
            LintSeverity::Warning,
            "traffic returns by itself once virginia is healthy again",
            "fence the data first, or write `failback = \"manual\"`",
        )],
        assumptions: vec![
            assumption("DNS servers follow a health check within 0 to 10 s", false),
            assumption("16 checkers report", true),
        ],
        compared: Compared::Live,
    }
}

/// Clients that keep answers for too long, and a standby that has not its image.
pub(super) fn violated() -> Drill {
    let mut drill = survived();
    drill.verdict = Verdict::Violated;
    let mut www = objective("www", Verdict::Violated, &["virginia"], Some(318.2));
    www.before = Some(Verdict::Met);
    www.quantile = 0.99;
    "typical".clone_into(&mut www.clients);
    www.breaking = vec![
        breaking(&["virginia"], "99% of clients are served after 5m19s: caches keep 300s", true),
        breaking(&["checkers:us-east-1", "checkers:eu-west-1"], "health never flips", false),
    ];
    www.breaking[1].survived_with_more = 3;
    www.importance = vec![Importance { component: "virginia".to_owned(), sets: 1 }];
    let mut api = objective("api", Verdict::Violated, &["virginia"], None);
    api.before = Some(Verdict::Violated);
    api.reason = Some("the standby has no image to run".to_owned());
    api.breaking = vec![breaking(&["virginia"], "ireland answers and runs nothing", false)];
    let mut cart = objective("cart", Verdict::Unproven, &[], None);
    cart.reason = Some("no check says when virginia is lost".to_owned());
    drill.objectives = vec![api, cart, www];

    let mut slow = taken_over("www", &["virginia"]);
    slow.verdict = Verdict::Violated;
    slow.curve = vec![
        (0.0, 0.0),
        (34.0, 0.0),
        (85.0, 0.5),
        (110.0, 0.84),
        (179.0, 0.95),
        (318.2, 0.99),
        (376.0, 1.0),
    ];
    slow.recovery = recovery(&slow.curve);
    slow.events.truncate(4);
    slow.events.extend([
        event(120.0, EventKind::Pulled, "shop/front is pulled"),
        event(165.0, EventKind::Grown, "standby has grown to 4"),
        event(312.0, EventKind::Drained, "clients let go of old addresses"),
        event(318.2, EventKind::Served, "99% of clients served again"),
    ]);
    slow.events[4].since = Some(40.3);
    slow.events[6].since = Some(105.3);
    let mut dead = taken_over("api", &["virginia"]);
    dead.verdict = Verdict::Violated;
    "ireland answers, and runs nothing".clone_into(&mut dead.summary);
    dead.after[0].serves = false;
    dead.curve = vec![(0.0, 0.0)];
    dead.recovery = Recovery { p50: None, p95: None, p99: None, bound: None, served: 0.0 };
    dead.events.truncate(4);
    let mut unknown = taken_over("cart", &["virginia"]);
    unknown.verdict = Verdict::Unproven;
    "no check, so nobody knows".clone_into(&mut unknown.summary);
    let fine = untouched("www", &["ireland"]);
    drill.losses = vec![dead, unknown, slow, fine, untouched("api", &["ireland"])];
    drill.lints = vec![
        lint(
            "L42",
            LintSeverity::Error,
            "ireland lacks sha256:b101f5764c61 of shop/api",
            "apply the plan, which copies it, before traffic can move",
        ),
        lint("L33", LintSeverity::Warning, "a TTL of 300s", "write `ttl = \"60s\"`"),
        lint("L04", LintSeverity::Info, "no accelerated recovery", "turn it on for the zone"),
    ];
    drill.lints[2].excepted = Some("runbooks change no records".to_owned());
    drill.compared = Compared::Not("the plan was made offline".to_owned());
    drill
}

/// Eight regions that share the load, two of which are lost.
pub(super) fn spread() -> Drill {
    let mut drill = survived();
    let regions: Vec<String> = (1..=8).map(|at| format!("region-{at}")).collect();
    drill.components =
        regions.iter().map(|name| component(name, ComponentKind::Region, &[])).collect();
    let answers = |without: usize| {
        let share = 1.0 / f64::from(8 - u32::try_from(without).unwrap());
        let all = regions[without..].iter().enumerate().map(|(at, region)| {
            let value = format!("192.0.2.{at}");
            Answered { share, ..answered("front", region, &value, true) }
        });
        all.collect::<Vec<_>>()
    };
    let mut loss = taken_over("www", &["region-1", "region-2"]);
    (loss.before, loss.after) = (answers(0), answers(2));
    for (answered, at) in loss.after.iter_mut().zip(2..) {
        answered.values = vec![format!("192.0.2.{at}")];
    }
    "six regions answer".clone_into(&mut loss.summary);
    loss.curve[0].1 = 0.75;
    loss.curve[1].1 = 0.75;
    loss.curve[2].1 = 0.77;
    loss.curve[3].1 = 0.87;
    loss.curve[4].1 = 0.94;
    loss.recovery = recovery(&loss.curve);
    drill.losses = vec![loss, untouched("www", &["region-8"])];
    drill.objectives[0].worst = texts(&["region-1", "region-2"]);
    drill
}

/// Five hundred losses, and of everything else more than anybody reads.
pub(super) fn large() -> Drill {
    let mut drill = violated();
    let regions: Vec<String> = (1..=32).map(|at| format!("region-{at:02}")).collect();
    drill.components =
        regions.iter().map(|name| component(name, ComponentKind::Region, &[])).collect();
    drill.search = Search { losses_max: 2, exhaustive: false, outages: 528 };
    let pairs = regions.iter().enumerate().flat_map(|(at, one)| {
        regions[at + 1..].iter().map(move |other| [one.as_str(), other.as_str()])
    });
    let pairs: Vec<[&str; 2]> = pairs.collect();
    drill.losses = pairs.iter().map(|pair| taken_over("www", pair)).collect();
    drill.losses.extend(drill.losses[..4].to_vec());
    assert_eq!(drill.losses.len(), 500);
    for (at, loss) in drill.losses.iter_mut().enumerate() {
        loss.verdict = [Verdict::Met, Verdict::Violated, Verdict::Met, Verdict::Unproven][at % 4];
    }
    let why = "what is left cannot carry the load of all of them, and sheds what comes last, so it \
               is some of the clients who are served, and never all of them";
    let sets = pairs.iter().enumerate().map(|(at, pair)| breaking(pair, why, at % 3 == 0));
    let sets: Vec<BreakingSet> = sets.collect();
    drill.objectives = (0..40)
        .map(|at| {
            let mut one = objective(&format!("name-{at}"), Verdict::Violated, &pairs[at], None);
            one.breaking.clone_from(&sets);
            one.breaking_left_out = 7;
            one.importance = vec![Importance { component: regions[0].clone(), sets: 31 }];
            one
        })
        .collect();
    drill.lints = (0..400).map(|at| drill.lints[at % 3].clone()).collect();
    drill.lints.sort_by_key(|lint| lint.severity);
    drill.assumptions = (0..120).map(|at| drill.assumptions[at % 2].clone()).collect();
    drill
}

/// What would break out of every form, if it could.
pub(super) const HOSTILE: &str = "a|b`c*_[x](javascript:alert(1))_</script></style></title>\
    <script>window.broken=1</script><img src=x onerror=\"window.broken=1\">\"'&amp;]]>--> @everyone \
    \u{1b}[31mred\u{202e}\0\u{7}\nnext | line\\";

/// Text that is not meant well, wherever there is text.
pub(super) fn hostile() -> Drill {
    let mut drill = violated();
    let bad = HOSTILE.to_owned();
    for component in &mut drill.components {
        component.name.push_str(HOSTILE);
    }
    for objective in &mut drill.objectives {
        objective.address = format!("objective.www[\"{HOSTILE}\"]").as_str().into();
        objective.reason = Some(bad.clone());
        objective.clients.clone_from(&bad);
        objective.worst = vec![bad.clone()];
        for set in &mut objective.breaking {
            set.lost = vec![bad.clone(), bad.clone()];
            set.why.clone_from(&bad);
        }
        objective.importance = vec![Importance { component: bad.clone(), sets: 2 }];
    }
    for loss in &mut drill.losses {
        loss.objective = format!("objective.www[\"{HOSTILE}\"]").as_str().into();
        loss.lost = vec![bad.clone()];
        loss.summary.clone_from(&bad);
        for answered in loss.before.iter_mut().chain(&mut loss.after) {
            answered.target = Some(bad.clone());
            answered.region = Some(bad.clone());
            answered.values = vec![bad.clone()];
        }
        for event in &mut loss.events {
            event.text.clone_from(&bad);
        }
    }
    for lint in &mut drill.lints {
        let Lint { rule, address, message, why, fix, source, excepted, place, .. } = lint;
        for text in [rule, address, message, why, fix, source] {
            text.clone_from(&bad);
        }
        *excepted = Some(bad.clone());
        *place = Some(Place { file: bad.clone(), line: 1, column: 1 });
    }
    for assumption in &mut drill.assumptions {
        assumption.text.clone_from(&bad);
        assumption.source.clone_from(&bad);
    }
    drill.compared = Compared::Not(bad);
    drill
}
