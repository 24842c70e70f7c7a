//! Faults of answers, places and images that the configuration itself shows.

use super::cases::{
    ONE_TIER, PRIMARY, PRIMARY_VALUES, STANDBY, STANDBY_VALUES, THIRD, THIRD_CHECK, capacity,
};
use super::{Case, plants, spares};

pub(super) const CASES: &[Case] = &[
    // Routing.
    plants(
        "L31",
        "all weights are 0",
        &[
            (PRIMARY, "health_check = health_check.virginia\ntier = 1\nweight = 0\n"),
            (STANDBY, "health_check = health_check.ireland\ntier = 1\nweight = 0\n"),
        ],
    ),
    plants(
        "L31",
        "a zero that nothing checks",
        &[ONE_TIER[0], (STANDBY, "tier = 1\nweight = 0\n")],
    ),
    spares(
        "L31",
        "a zero that is checked",
        &[ONE_TIER[0], (STANDBY, "health_check = health_check.ireland\ntier = 1\nweight = 0\n")],
    ),
    plants("L33", "two minutes", &[("ttl  = \"60s\"", "ttl  = \"110s\"")]),
    plants(
        "L33",
        "a load balancer beside values",
        &[
            ("ttl  = \"60s\"", "ttl  = \"30s\""),
            ONE_TIER[0],
            ONE_TIER[1],
            (STANDBY_VALUES, "alias {\nname = \"lb.example.net\"\nzone_id = \"Z1\"\n}\n"),
        ],
    ),
    spares(
        "L33",
        "a record that nothing checks",
        &[(
            "",
            "record \"a\" {\n  zone = zone.main\n  name = \"a\"\n  type = \"A\"\n  ttl = \"1h\"\n  values \
             = [\"192.0.2.10\"]\n}\n",
        )],
    ),
    plants(
        "L35",
        "an AAAA record stays",
        &[(
            "",
            "record \"six\" {\n  zone = zone.main\n  name = \"www\"\n  type = \"AAAA\"\n  values = \
             [\"2001:db8::1\"]\n}\n",
        )],
    ),
    plants(
        "L35",
        "hints of an HTTPS record stay",
        &[(
            "",
            "record \"https\" {\n  zone = zone.main\n  name = \"www\"\n  type = \"HTTPS\"\n  values = \
             [\"1 . alpn=h2 ipv4hint=192.0.2.10\"]\n}\n",
        )],
    ),
    spares(
        "L35",
        "an HTTPS record without hints",
        &[(
            "",
            "record \"https\" {\n  zone = zone.main\n  name = \"www\"\n  type = \"HTTPS\"\n  values = \
             [\"1 . alpn=h2\"]\n}\n",
        )],
    ),
    spares(
        "L35",
        "an AAAA alias of what moves",
        &[(
            "",
            "record \"six\" {\n  zone = zone.main\n  name = \"www\"\n  type = \"AAAA\"\n  alias {\n    \
             name = \"six\"\n  }\n}\nfailover \"six\" {\n  zone = zone.main\n  name = \"six\"\n  type = \
             \"AAAA\"\n  target \"a\" {\n    region = region.virginia\n    values = [\"2001:db8::1\"]\n    \
             health_check = health_check.virginia\n  }\n  target \"b\" {\n    region = region.ireland\n    \
             values = [\"2001:db8::2\"]\n    health_check = health_check.ireland\n  }\n}\n",
        )],
    ),
    // Countries.
    plants("L32", "only Ireland", &[("", "policy {\n  countries = [\"IE\"]\n}\n")]),
    spares("L32", "both", &[("", "policy {\n  countries = [\"IE\", \"US\"]\n}\n")]),
    plants("L49", "the standby is elsewhere", &[("", "policy {\n  countries = [\"US\"]\n}\n")]),
    plants(
        "L49",
        "a place that nobody knows",
        &[
            ("location = \"eu-west-1\"", "location = \"cellar\""),
            ("", "policy {\n  countries = [\"US\"]\n}\n"),
        ],
    ),
    spares(
        "L49",
        "nothing is in Frankfurt",
        &[("", "policy {\n  countries = [\"US\", \"IE\"]\n}\n")],
    ),
    plants(
        "L51",
        "a region that has to be enabled",
        &[
            ("location = \"eu-west-1\"", "location = \"eu-south-1\""),
            ("http://web.eu-west-1", "http://web.eu-south-1"),
        ],
    ),
    plants(
        "L51",
        "a registry that would replicate to China",
        &[
            ("location = \"eu-west-1\"", "location = \"cn-north-1\""),
            ("source     = \"oci:web\"", "source = \"pushed\"\nreplicate = \"ecr\""),
        ],
    ),
    spares("L51", "it answers", &[("location = \"eu-west-1\"", "location = \"eu-south-1\"")])
        .with(|_| {}),
    // Fate.
    plants("L40", "one address", &[(STANDBY_VALUES, PRIMARY_VALUES)]),
    plants(
        "L40",
        "one region",
        &[
            ("region       = region.ireland", "region = region.virginia"),
            ("http://web.eu-west-1.", "http://spare.us-east-1."),
            ("objective \"www\" {\n  protects = failover.www\n  rto      = \"3m\"\n}\n", ""),
        ],
    ),
    plants(
        "L40",
        "aliases that lead to one address",
        &[
            (STANDBY_VALUES, "alias {\nname = \"spare\"\n}\n"),
            (
                "",
                "record \"spare\" {\n  zone = zone.main\n  name = \"spare\"\n  type = \"A\"\n  values = \
                 [\"192.0.2.10\"]\n}\n",
            ),
        ],
    ),
    plants(
        "L40",
        "a load balancer of the other region",
        &[(
            STANDBY_VALUES,
            "alias {\nname = \"spare-1.us-east-1.elb.amazonaws.com\"\nzone_id = \"Z1\"\n}\n",
        )],
    ),
    spares(
        "L40",
        "a load balancer of its own",
        &[(
            STANDBY_VALUES,
            "alias {\nname = \"spare-1.eu-west-1.elb.amazonaws.com\"\nzone_id = \"Z1\"\n}\n",
        )],
    ),
    plants(
        "L41",
        "images from the primary",
        &[capacity!("grows = \"on_alarm\"\npulls_from = region.virginia")],
    ),
    spares(
        "L41",
        "images from elsewhere",
        &[capacity!("grows = \"on_alarm\"\npulls_from = region.frankfurt")],
    ),
    plants(
        "L50",
        "both on one grid",
        &[("", "dependency \"grid\" {\n  needed_by = [region.virginia, region.ireland]\n}\n")],
    ),
    plants(
        "L50",
        "both standbys on one grid",
        &[
            THIRD,
            THIRD_CHECK,
            ("", "dependency \"grid\" {\n  needed_by = [region.frankfurt, region.ireland]\n}\n"),
        ],
    ),
    spares(
        "L50",
        "one stands outside",
        &[
            THIRD,
            THIRD_CHECK,
            ("", "dependency \"grid\" {\n  needed_by = [region.virginia, region.ireland]\n}\n"),
        ],
    ),
    // Images.
    plants(
        "L44",
        "one image is kept",
        &[
            ("source     = \"oci:web\"", "source = \"oci:web\"\nkeep {\nlast = 1\n}\n"),
            (STANDBY, "health_check = health_check.ireland\nruns = [image.web]\n"),
        ],
    ),
    plants(
        "L44",
        "a policy by age",
        &[
            (
                "source     = \"oci:web\"",
                "source = \"oci:web\"\nlifecycle_policy = jsonencode({ rules = [{ selection = { \
                 tagStatus = \"any\", countType = \"sinceImagePushed\", countNumber = 14 } }] })",
            ),
            (STANDBY, "health_check = health_check.ireland\nruns = [image.web]\n"),
        ],
    ),
    spares(
        "L44",
        "policies for other images",
        &[
            (
                "source     = \"oci:web\"",
                "source = \"oci:web\"\nlifecycle_policy = jsonencode({ rules = [{ selection = { \
                 tagStatus = \"untagged\", countType = \"sinceImagePushed\", countNumber = 1 } }, { \
                 selection = { tagStatus = \"tagged\", tagPrefixList = [\"dev\"], countType = \
                 \"sinceImagePushed\", countNumber = 1 } }] })",
            ),
            (STANDBY, "health_check = health_check.ireland\nruns = [image.web]\n"),
        ],
    ),
    plants(
        "L45",
        "others push, the registry replicates",
        &[("source     = \"oci:web\"", "source = \"pushed\"\nreplicate = \"ecr\"")],
    ),
    spares(
        "L45",
        "Lifeboat waits",
        &[("source     = \"oci:web\"", "source = \"oci:web\"\nreplicate = \"ecr\"")],
    ),
];
