//! The least IAM policies for a configuration: the actions that this client makes, on what it makes
//! them. What cannot be narrowed by resource is what AWS offers no resource for (Service
//! Authorization Reference, "Amazon Route 53" and "Amazon Elastic Container Registry").

use std::collections::BTreeSet;

use lifeboat_contract::{NeededSet, NeededZone, Needs, Policy};
use serde_json::{Value, json};

use crate::action::{
    ACCOUNT_LIMIT, ASSOCIATE, Action, BATCH_DELETE_IMAGE, BATCH_GET_IMAGE, CHANGE_SETS,
    CHANGE_TAGS, CHECK_LAYERS, COMMENT_ZONE, CREATE_CHECK, CREATE_REPOSITORY, CREATE_ZONE,
    DELETE_CHECK, DELETE_LIFECYCLE, DELETE_POLICY, DELETE_REPOSITORY, DELETE_ZONE, DESCRIBE_IMAGES,
    DESCRIBE_REGISTRY, DESCRIBE_REPOSITORIES, DISASSOCIATE, GET_CHANGE, GET_CHECK, GET_LIFECYCLE,
    GET_POLICY, GET_RESOURCES, GET_TOKEN, GET_ZONE, LIST_CHECKS, LIST_REPOSITORY_TAGS, LIST_SETS,
    LIST_TAGS, LIST_ZONES, PUT_IMAGE, PUT_LIFECYCLE, PUT_MUTABILITY, PUT_REPLICATION, PUT_SCANNING,
    REPLICATION_STATUS, SET_POLICY, TAG_REPOSITORY, UNTAG_REPOSITORY, UPDATE_CHECK, ZONE_LIMIT,
};
use crate::marker;

/// What a push does at the registry, which IAM knows by these names.
const PUSHING: [&str; 5] = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:CompleteLayerUpload",
    "ecr:GetDownloadUrlForLayer",
    "ecr:InitiateLayerUpload",
    "ecr:UploadLayerPart",
];

/// A managed policy has at most so many characters, white space not counted.
const CHARACTERS_MAX: usize = 6144;

/// What is left for the names of record sets.
const NAMES_MAX: usize = 3000;

/// One statement of a policy.
struct Statement {
    sid: &'static str,
    actions: Vec<String>,
    resources: Vec<String>,
    condition: Option<Value>,
}

impl Statement {
    fn new(sid: &'static str, actions: &[&'static Action], resources: Vec<String>) -> Self {
        let actions = actions.iter().map(|a| format!("{}:{}", a.service, a.name)).collect();
        Self { sid, actions, resources, condition: None }
    }

    fn json(mut self) -> Value {
        self.actions.sort();
        self.resources.sort();
        let mut statement = json!({
            "Sid": self.sid, "Effect": "Allow", "Action": self.actions, "Resource": self.resources,
        });
        if let Some(condition) = self.condition {
            statement["Condition"] = condition;
        }
        statement
    }
}

/// The policy to plan with, and the one to apply with.
pub(crate) fn policies(needs: &Needs) -> Vec<Policy> {
    let document = |statements: Vec<Statement>| {
        let statements = statements.into_iter().filter(|s| !s.resources.is_empty());
        let statements: Vec<Value> = statements.map(Statement::json).collect();
        json!({ "Version": "2012-10-17", "Statement": statements })
    };
    let reading = reading(needs);
    let mut writing = self::reading(needs);
    writing.extend(dns(needs));
    writing.extend(images(needs));
    let apply = document(writing);
    debug_assert!(
        apply.to_string().len() <= CHARACTERS_MAX || needs.repositories.len() > 20,
        "a policy that is too long for AWS"
    );
    vec![
        Policy { purpose: "plan", document: document(reading) },
        Policy { purpose: "apply", document: apply },
    ]
}

fn any() -> Vec<String> {
    vec!["*".to_owned()]
}

fn reading(needs: &Needs) -> Vec<Statement> {
    let zones = zones_of(needs, |_| true);
    let private = zones_of(needs, |zone| zone.name.private);
    let mut statements = vec![
        Statement::new("List", &[LIST_ZONES, LIST_CHECKS, ACCOUNT_LIMIT], any()),
        Statement::new("ReadZones", &[LIST_SETS, ZONE_LIMIT], zones),
        Statement::new("ReadNetworks", &[GET_ZONE], private),
        Statement::new("ReadTags", &[LIST_TAGS], vec![all("hostedzone"), all("healthcheck")]),
    ];
    if !needs.locations.is_empty() {
        let list = [DESCRIBE_REPOSITORIES, DESCRIBE_REGISTRY, GET_RESOURCES];
        statements.push(Statement::new("ListRepositories", &list, any()));
        statements.push(Statement::new(
            "ReadRepositories",
            &[
                LIST_REPOSITORY_TAGS,
                GET_LIFECYCLE,
                GET_POLICY,
                DESCRIBE_IMAGES,
                BATCH_GET_IMAGE,
                CHECK_LAYERS,
            ],
            repositories(needs),
        ));
    }
    statements
}

fn dns(needs: &Needs) -> Vec<Statement> {
    let zones = zones_of(needs, |_| true);
    let mut change = Statement::new("ChangeRecords", &[CHANGE_SETS], zones);
    change.condition = Some(condition(&needs.sets));
    let mut statements = Vec::new();
    if !needs.sets.is_empty() {
        statements.push(change);
        let changes = vec!["arn:aws:route53:::change/*".to_owned()];
        statements.push(Statement::new("AwaitChanges", &[GET_CHANGE], changes));
    }
    if needs.checks {
        let change = [GET_CHECK, UPDATE_CHECK, DELETE_CHECK, CHANGE_TAGS];
        statements.push(Statement::new("MakeChecks", &[CREATE_CHECK], any()));
        statements.push(Statement::new("ChangeChecks", &change, vec![all("healthcheck")]));
    }
    if needs.zones.iter().any(|zone| zone.made) {
        let change = [DELETE_ZONE, COMMENT_ZONE, CHANGE_TAGS];
        statements.push(Statement::new("MakeZones", &[CREATE_ZONE], any()));
        statements.push(Statement::new("ChangeZones", &change, zones_of(needs, |z| z.made)));
        let networks = zones_of(needs, |zone| zone.made && zone.name.private);
        if !networks.is_empty() {
            // Who looks from which network is asked of the networks' own service, too.
            let mut seen = Statement::new("ChangeNetworks", &[ASSOCIATE, DISASSOCIATE], networks);
            seen.resources.push("arn:aws:ec2:*:*:vpc/*".to_owned());
            seen.actions.push("ec2:DescribeVpcs".to_owned());
            statements.push(seen);
        }
    }
    statements
}

fn images(needs: &Needs) -> Vec<Statement> {
    let there = repositories(needs);
    let change = [
        CREATE_REPOSITORY,
        DELETE_REPOSITORY,
        TAG_REPOSITORY,
        UNTAG_REPOSITORY,
        PUT_MUTABILITY,
        PUT_SCANNING,
        PUT_LIFECYCLE,
        DELETE_LIFECYCLE,
        SET_POLICY,
        DELETE_POLICY,
        PUT_IMAGE,
        BATCH_DELETE_IMAGE,
    ];
    let mut change = Statement::new("ChangeRepositories", &change, there.clone());
    change.actions.extend(PUSHING.map(str::to_owned));
    let login = if there.is_empty() { Vec::new() } else { any() };
    let mut statements = vec![change, Statement::new("LogIn", &[GET_TOKEN], login)];
    if needs.replicates {
        let mut replicate = Statement::new("Replicate", &[PUT_REPLICATION], any());
        // The registry makes the role by which it replicates when that is first asked for.
        replicate.actions.push("iam:CreateServiceLinkedRole".to_owned());
        statements.push(replicate);
        statements.push(Statement::new(
            "AwaitReplicas",
            &[REPLICATION_STATUS],
            repositories(needs),
        ));
    }
    statements
}

fn all(kind: &str) -> String {
    format!("arn:aws:route53:::{kind}/*")
}

/// The zones by id. One that is not made yet has none, so any zone has to be allowed.
fn zones_of(needs: &Needs, which: impl Fn(&NeededZone) -> bool) -> Vec<String> {
    let arn = |zone: &NeededZone| {
        format!("arn:aws:route53:::hostedzone/{}", zone.id.as_deref().unwrap_or("*"))
    };
    let arns: BTreeSet<String> = needs.zones.iter().filter(|z| which(z)).map(arn).collect();
    let any = all("hostedzone");
    if arns.contains(&any) { vec![any] } else { arns.into_iter().collect() }
}

fn repositories(needs: &Needs) -> Vec<String> {
    let account = needs.account.as_deref().unwrap_or("*");
    let arns = needs.repositories.iter();
    arns.map(|(at, name)| format!("arn:aws:ecr:{at}:{account}:repository/{name}")).collect()
}

/// Only these names and types, and only by `CREATE` and `DELETE`.
fn condition(sets: &BTreeSet<NeededSet>) -> Value {
    let mut names = BTreeSet::new();
    let mut types = BTreeSet::new();
    for set in sets {
        names.insert(normalised(set.name.as_str()));
        types.insert(set.rtype.as_str());
        if set.plain {
            names.extend(marker::name(&set.name, set.rtype).map(|name| normalised(name.as_str())));
            types.insert("TXT");
        }
    }
    let length: usize = names.iter().map(|name| name.len() + 3).sum();
    let names_key = "route53:ChangeResourceRecordSetsNormalizedRecordNames";
    let exact = json!({
        "route53:ChangeResourceRecordSetsActions": ["CREATE", "DELETE"],
        "route53:ChangeResourceRecordSetsRecordTypes": types,
    });
    let mut condition = json!({ "ForAllValues:StringEquals": exact });
    if length <= NAMES_MAX {
        condition["ForAllValues:StringEquals"][names_key] = json!(names);
    }
    condition
}

/// As conditions write names: lower case, no trailing dot, `*` in octal.
fn normalised(name: &str) -> String {
    name.replace('*', "\\052")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(sets: usize) -> Needs {
        let set = |n: usize| NeededSet {
            name: format!("a{n}.example.com").parse().unwrap(),
            rtype: lifeboat_contract::RecordType::A,
            plain: true,
        };
        Needs {
            account: Some("123456789012".to_owned()),
            zones: vec![NeededZone {
                name: "example.com".parse().unwrap(),
                id: Some("Z1".to_owned()),
                made: false,
            }],
            sets: (0..sets).map(set).collect(),
            checks: true,
            repositories: [("eu-west-1".parse().unwrap(), "shop/web".parse().unwrap())].into(),
            replicates: true,
            locations: ["eu-west-1".parse().unwrap()].into(),
        }
    }

    #[test]
    fn a_policy_names_what_is_written_and_nothing_else() {
        let policies = policies(&needs(1));
        let [plan, apply] = &policies[..] else { panic!("two policies") };
        let text = plan.document.to_string();
        for writing in ["Create", "Delete", "Put", "Change", "Update"] {
            assert!(!text.contains(&format!(":{writing}")), "{writing} in {text}");
        }
        let text = apply.document.to_string();
        assert!(text.contains("arn:aws:route53:::hostedzone/Z1"), "{text}");
        assert!(text.contains("\"_lifeboat-a.a0.example.com\""), "{text}");
        assert!(text.contains("arn:aws:ecr:eu-west-1:123456789012:repository/shop/web"), "{text}");
        assert!(!text.contains("CreateHostedZone"), "{text}");
    }

    #[test]
    fn a_policy_fits_into_iam() {
        for sets in [0, 1, 50, 1000] {
            for policy in policies(&needs(sets)) {
                assert!(policy.document.to_string().len() <= CHARACTERS_MAX);
            }
        }
    }
}
