//! Faults that the configuration itself shows.

use super::{Case, plants, spares};

pub(super) const STANDBY: &str = "    health_check = health_check.ireland\n";
pub(super) const PRIMARY: &str = "    health_check = health_check.virginia\n";
pub(super) const STANDBY_VALUES: &str = "values       = [\"198.51.100.10\"]";
pub(super) const PRIMARY_VALUES: &str = "values       = [\"192.0.2.10\"]";
pub(super) const URL: &str = "http://web.us-east-1.example.com/healthz";

/// A standby with a capacity.
macro_rules! capacity {
    ($inside:literal) => {
        (STANDBY, concat!("health_check = health_check.ireland\n capacity {\n", $inside, "\n}\n"))
    };
}

pub(super) use capacity;

/// A third target in Frankfurt, behind the standby.
pub(super) const THIRD: (&str, &str) = (
    STANDBY,
    "health_check = health_check.ireland\n}\ntarget \"third\" {\nregion = region.frankfurt\nvalues = \
     [\"203.0.113.10\"]\nhealth_check = health_check.frankfurt\n",
);

pub(super) const THIRD_CHECK: (&str, &str) = (
    "",
    "health_check \"frankfurt\" {\n  url = \"http://web.eu-central-1.example.com/healthz\"\n}\n",
);

/// Both targets in one tier.
pub(super) const ONE_TIER: [(&str, &str); 2] = [
    (PRIMARY, "health_check = health_check.virginia\ntier = 1\n"),
    (STANDBY, "health_check = health_check.ireland\ntier = 1\n"),
];

pub(super) const CASES: &[Case] = &[
    // Control planes.
    plants(
        "L01",
        "the standby writes records while it grows",
        &[capacity!("grows = \"on_alarm\"\nneeds = [\"route53\", \"iam\"]")],
    ),
    spares("L01", "what never grows needs nothing", &[capacity!("needs = [\"route53\"]")]),
    spares(
        "L01",
        "what stands in for nobody",
        &[(
            PRIMARY,
            "health_check = health_check.virginia\ncapacity {\ngrows = \"on_alarm\"\nneeds = \
             [\"iam\"]\n}\n",
        )],
    ),
    plants(
        "L02",
        "the standby launches machines",
        &[capacity!("grows = \"on_alarm\"\nneeds = [\"ec2\"]")],
    ),
    spares("L02", "it grows without", &[capacity!("grows = \"on_alarm\"")]),
    plants(
        "L03",
        "both regions need a login in one",
        &[(
            "",
            "dependency \"login\" {\n  region = region.virginia\n  needed_by = [region.ireland, \
             health_check.virginia]\n}\n",
        )],
    ),
    plants(
        "L03",
        "by way of another",
        &[(
            "",
            "dependency \"login\" {\n  region = region.virginia\n  needed_by = [dependency.shop]\n}\n\
             dependency \"shop\" {\n  needed_by = [region.ireland]\n}\n",
        )],
    ),
    spares(
        "L03",
        "only its own region needs it",
        &[(
            "",
            "dependency \"login\" {\n  region = region.virginia\n  needed_by = [region.virginia, \
             health_check.virginia]\n}\n",
        )],
    ),
    // Whether a loss is noticed.
    plants("L10", "a primary without a check", &[(PRIMARY, "")]),
    plants(
        "L10",
        "one of two that share has none",
        &[(PRIMARY, "tier = 1\n"), (STANDBY, "health_check = health_check.ireland\ntier = 1\n")],
    ),
    plants(
        "L10",
        "an alias that looks at what is never unhealthy",
        &[
            (PRIMARY_VALUES, "alias {\nname = \"fixed\"\n}\n"),
            (PRIMARY, ""),
            (
                "",
                "record \"fixed\" {\n  zone = zone.main\n  name = \"fixed\"\n  type = \"A\"\n  values = \
                 [\"192.0.2.10\"]\n}\n",
            ),
        ],
    ),
    spares(
        "L10",
        "a load balancer that tells",
        &[
            (PRIMARY_VALUES, "alias {\nname = \"lb.example.net\"\nzone_id = \"Z1\"\n}\n"),
            (PRIMARY, ""),
        ],
    ),
    plants(
        "L11",
        "an alias that ignores the checks below",
        &[
            (PRIMARY_VALUES, "alias {\nname = \"inner\"\nevaluate_target_health = false\n}\n"),
            (PRIMARY, ""),
            (
                "",
                "failover \"inner\" {\n  zone = zone.main\n  name = \"inner\"\n  target \"a\" {\n    \
                 region = region.virginia\n    values = [\"192.0.2.10\"]\n    health_check = \
                 health_check.virginia\n  }\n  target \"b\" {\n    region = region.frankfurt\n    values \
                 = [\"203.0.113.9\"]\n    health_check = health_check.frankfurt\n  }\n}\n",
            ),
            THIRD_CHECK,
        ],
    ),
    spares(
        "L11",
        "a check of its own counts instead",
        &[(
            PRIMARY_VALUES,
            "alias {\nname = \"lb.example.net\"\nzone_id = \"Z1\"\nevaluate_target_health = false\n}\n",
        )],
    ),
    plants("L12", "a standby without a check", &[(STANDBY, "")]),
    spares(
        "L12",
        "a load balancer that tells",
        &[
            (STANDBY_VALUES, "alias {\nname = \"lb.example.net\"\nzone_id = \"Z1\"\n}\n"),
            (STANDBY, ""),
        ],
    ),
    plants(
        "L13",
        "one check for both regions",
        &[(STANDBY, "health_check = health_check.virginia\n")],
    ),
    plants(
        "L13",
        "two checks of one endpoint",
        &[("http://web.eu-west-1.example.com/healthz", "http://web.us-east-1.example.com/ready")],
    ),
    plants(
        "L13",
        "both checks count a third",
        &[
            (PRIMARY, "health_check = health_check.a\n"),
            (STANDBY, "health_check = health_check.b\n"),
            (
                "",
                "health_check \"login\" {\n  url = \"http://login.example.net/healthz\"\n}\nhealth_check \
                 \"a\" {\n  all_of = [health_check.virginia, health_check.login]\n}\nhealth_check \"b\" \
                 {\n  all_of = [health_check.ireland, health_check.login]\n}\n",
            ),
        ],
    ),
    plants(
        "L13",
        "both checks need one dependency",
        &[(
            "",
            "dependency \"login\" {\n  needed_by = [health_check.virginia, health_check.ireland]\n}\n",
        )],
    ),
    spares(
        "L13",
        "the third decides for nobody",
        &[
            (PRIMARY, "health_check = health_check.a\n"),
            (STANDBY, "health_check = health_check.b\n"),
            (
                "",
                "health_check \"login\" {\n  url = \"http://login.example.net/healthz\"\n}\nhealth_check \
                 \"a\" {\n  any_of = [health_check.virginia, health_check.login]\n}\nhealth_check \"b\" \
                 {\n  any_of = [health_check.ireland, health_check.login]\n}\n",
            ),
        ],
    ),
    spares(
        "L13",
        "one host at two addresses",
        &[
            (
                "url      = \"http://web.us-east-1.example.com/healthz\"",
                "url = \"http://www.example.com/healthz\"\naddress = \"192.0.2.10\"",
            ),
            (
                "url      = \"http://web.eu-west-1.example.com/healthz\"",
                "url = \"http://www.example.com/healthz\"\naddress = \"198.51.100.10\"",
            ),
        ],
    ),
    plants(
        "L14",
        "checks that are swapped, by their names",
        &[(STANDBY, PRIMARY), (PRIMARY, "health_check = health_check.ireland\n")],
    ),
    plants("L14", "an address of the other target", &[(URL, "http://198.51.100.10/healthz")]),
    plants(
        "L14",
        "a region that is said",
        &[(URL, "http://origin.example.net/healthz\"\nregion = region.frankfurt\n# \"")],
    ),
    plants(
        "L14",
        "one of two is well, wherever it is",
        &[
            (PRIMARY, "health_check = health_check.any\n"),
            (
                "",
                "health_check \"any\" {\n  any_of = [health_check.virginia, health_check.elsewhere]\n}\n\
                 health_check \"elsewhere\" {\n  url = \
                 \"http://web.eu-central-1.example.com/healthz\"\n}\n",
            ),
        ],
    ),
    spares(
        "L14",
        "a vote that no other region decides",
        &[
            (PRIMARY, "health_check = health_check.vote\n"),
            (
                "",
                "health_check \"inside\" {\n  url = \"http://inside.us-east-1.example.com/healthz\"\n}\n\
                 health_check \"elsewhere\" {\n  url = \
                 \"http://web.eu-central-1.example.com/healthz\"\n}\nhealth_check \"vote\" {\n  any_of = \
                 [health_check.virginia, health_check.inside, health_check.elsewhere]\n  at_least = \
                 2\n}\n",
            ),
        ],
    ),
    // Checks that lie.
    plants(
        "L15",
        "a check of the name that moves",
        &[("http://web.us-east-1.example.com/healthz", "http://WWW.example.com/healthz")],
    ),
    plants(
        "L15",
        "by way of a CNAME",
        &[
            (URL, "http://shop.example.com/healthz"),
            (
                "",
                "record \"shop\" {\n  zone = zone.main\n  name = \"shop\"\n  type = \"CNAME\"\n  values = \
                 [\"www.example.com\"]\n}\n",
            ),
        ],
    ),
    spares(
        "L15",
        "the name is only asked for",
        &[(
            "url      = \"http://web.us-east-1.example.com/healthz\"",
            "url = \"http://www.example.com/healthz\"\naddress = \"192.0.2.10\"",
        )],
    ),
    plants("L18", "the start page", &[(URL, "http://web.us-east-1.example.com/")]),
    plants("L18", "an open port", &[(URL, "tcp://web.us-east-1.example.com:443")]),
    plants("L18", "https", &[(URL, "https://web.us-east-1.example.com/healthz")]),
    spares(
        "L18",
        "a text that has to be there",
        &[(
            "url      = \"http://web.us-east-1.example.com/healthz\"",
            "url = \"http://web.us-east-1.example.com\"\ncontains = \"ok\"",
        )],
    ),
    spares("L18", "a port of another kind", &[(URL, "tcp://db.us-east-1.example.com:5432")]),
    plants(
        "L19",
        "three places, one of them the primary's",
        &[(
            "url      = \"http://web.us-east-1.example.com/healthz\"",
            "url = \"http://web.us-east-1.example.com/healthz\"\ncheckers = [\"us-east-1\", \
             \"eu-west-1\", \"us-west-2\"]",
        )],
    ),
    spares(
        "L19",
        "three others",
        &[(
            "url      = \"http://web.us-east-1.example.com/healthz\"",
            "url = \"http://web.us-east-1.example.com/healthz\"\ncheckers = [\"sa-east-1\", \
             \"eu-west-1\", \"us-west-2\"]",
        )],
    ),
    // Pace.
    plants("L23", "a TTL of ten minutes", &[("ttl  = \"60s\"", "ttl  = \"10m\"")]),
    plants(
        "L23",
        "checks that take too long",
        &[(
            "url      = \"http://web.us-east-1.example.com/healthz\"\n  interval = \"10s\"",
            "url = \"http://web.us-east-1.example.com/healthz\"\nfailures = 10",
        )],
    ),
    plants(
        "L23",
        "an objective that nothing meets",
        &[("rto      = \"3m\"", "rto      = \"20s\"")],
    ),
    spares("L23", "as long as it takes", &[("rto      = \"3m\"", "rto      = \"113s\"")]),
    // Capacity.
    plants("L24", "a cold standby", &[capacity!("grows = \"on_traffic\"")]),
    spares("L24", "it grows by an alarm", &[capacity!("grows = \"on_alarm\"")]),
    plants("L46", "a standby for four fifths", &[capacity!("share = 0.8")]),
    plants(
        "L46",
        "two that share, and neither can alone",
        &[
            (
                PRIMARY,
                "health_check = health_check.virginia\ntier = 1\nweight = 3\ncapacity {\nshare = \
                 0.7\n}\n",
            ),
            (STANDBY, "health_check = health_check.ireland\ntier = 1\n"),
        ],
    ),
    spares("L46", "it can carry all", &[capacity!("share = 1")]),
];
