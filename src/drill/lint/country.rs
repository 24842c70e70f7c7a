//! Where regions are, as far as their names tell: AWS's regions (its SSM parameters
//! `geolocationCountry` and `partition`).

use lifeboat_contract::Location;

/// By the name of a region, or by what it begins with.
const COUNTRIES: &[(&str, &str)] = &[
    ("af-south-1", "ZA"),
    ("ap-east-1", "HK"),
    ("ap-east-2", "TW"),
    ("ap-northeast-1", "JP"),
    ("ap-northeast-2", "KR"),
    ("ap-northeast-3", "JP"),
    ("ap-south-1", "IN"),
    ("ap-south-2", "IN"),
    ("ap-southeast-1", "SG"),
    ("ap-southeast-2", "AU"),
    ("ap-southeast-3", "ID"),
    ("ap-southeast-4", "AU"),
    ("ap-southeast-5", "MY"),
    ("ap-southeast-6", "NZ"),
    ("ap-southeast-7", "TH"),
    ("ca-", "CA"),
    ("cn-", "CN"),
    ("eu-central-1", "DE"),
    ("eu-central-2", "CH"),
    ("eu-north-1", "SE"),
    ("eu-south-1", "IT"),
    ("eu-south-2", "ES"),
    ("eu-west-1", "IE"),
    ("eu-west-2", "GB"),
    ("eu-west-3", "FR"),
    ("eusc-de-east-1", "DE"),
    ("il-central-1", "IL"),
    ("me-central-1", "AE"),
    ("me-south-1", "BH"),
    ("mx-central-1", "MX"),
    ("sa-east-1", "BR"),
    ("us-", "US"),
];

/// Regions that an account has only once it is asked for them.
const OPT_IN: [&str; 17] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
];

/// The country of a region, as ISO 3166-1 has it; absent for a name that is none of AWS's.
pub(super) fn country(location: &Location) -> Option<&'static str> {
    let name = location.as_str();
    let is =
        |entry: &str| if entry.ends_with('-') { name.starts_with(entry) } else { name == entry };
    COUNTRIES.iter().find(|(entry, _)| is(entry)).map(|(_, country)| *country)
}

/// Whether a region has to be asked for.
pub(super) fn is_opt_in(location: &Location) -> bool {
    OPT_IN.contains(&location.as_str())
}

/// The partition of a region: accounts, and replication between registries, end there.
pub(super) fn partition(location: &Location) -> &'static str {
    let partitions = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso", "aws-iso"),
        ("eusc-", "aws-eusc"),
    ];
    let found = partitions.iter().find(|(prefix, _)| location.as_str().starts_with(prefix));
    found.map_or("aws", |(_, partition)| partition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_where_their_names_say() {
        let at = |name: &str| name.parse::<Location>().unwrap();
        for (name, is) in [
            ("us-east-1", Some("US")),
            ("us-gov-west-1", Some("US")),
            ("ca-west-1", Some("CA")),
            ("eu-west-2", Some("GB")),
            ("eusc-de-east-1", Some("DE")),
            ("ap-southeast-1", Some("SG")),
            ("eu-west-10", None),
            ("lab-1", None),
        ] {
            assert_eq!(country(&at(name)), is, "{name}");
        }
        assert_eq!(partition(&at("us-gov-west-1")), "aws-us-gov");
        assert_eq!(partition(&at("us-east-1")), "aws");
        assert!(is_opt_in(&at("me-south-1")) && !is_opt_in(&at("eu-west-1")));
    }
}
