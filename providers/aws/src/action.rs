//! The actions that are called, and how often AWS lets them be called.
//!
//! Rates are those of the Route 53 Developer Guide, "Throttling of API requests"; those of ECR's
//! image actions are its service quotas, and the others are kept well below what is seen to pass.

/// One action of a service.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Action {
    /// As in an IAM policy: `route53`.
    pub(crate) service: &'static str,
    /// As in an IAM policy: `ListHostedZones`.
    pub(crate) name: &'static str,
    /// Its own bucket.
    pub(crate) rate: Rate,
}

/// A token bucket: it holds `burst` calls and gets `refill` more each second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rate {
    pub(crate) burst: f64,
    pub(crate) refill: f64,
}

impl Eq for Rate {}

/// All actions of Route 53 of an account together.
pub(crate) const ROUTE53_ACCOUNT: Rate = rate(50.0, 10.0);

/// Changes of record sets: one for each `CREATE` and each `DELETE`.
pub(crate) const ROUTE53_CHANGES: Rate = rate(1500.0, 100.0);

const fn rate(burst: f64, refill: f64) -> Rate {
    Rate { burst, refill }
}

macro_rules! actions {
    ($service:literal: $($constant:ident = $name:literal, $burst:literal, $refill:literal;)*) => {
        $(pub(crate) const $constant: &Action =
            &Action { service: $service, name: $name, rate: rate($burst, $refill) };)*
    };
}

actions! { "route53":
    LIST_ZONES = "ListHostedZones", 50.0, 10.0;
    GET_ZONE = "GetHostedZone", 50.0, 10.0;
    CREATE_ZONE = "CreateHostedZone", 40.0, 2.0;
    DELETE_ZONE = "DeleteHostedZone", 40.0, 5.0;
    COMMENT_ZONE = "UpdateHostedZoneComment", 50.0, 10.0;
    ASSOCIATE = "AssociateVPCWithHostedZone", 50.0, 10.0;
    DISASSOCIATE = "DisassociateVPCFromHostedZone", 50.0, 10.0;
    LIST_SETS = "ListResourceRecordSets", 50.0, 10.0;
    CHANGE_SETS = "ChangeResourceRecordSets", 50.0, 10.0;
    GET_CHANGE = "GetChange", 50.0, 10.0;
    LIST_CHECKS = "ListHealthChecks", 50.0, 10.0;
    GET_CHECK = "GetHealthCheck", 50.0, 10.0;
    CREATE_CHECK = "CreateHealthCheck", 50.0, 0.5;
    UPDATE_CHECK = "UpdateHealthCheck", 50.0, 5.0;
    DELETE_CHECK = "DeleteHealthCheck", 15.0, 3.0;
    LIST_TAGS = "ListTagsForResources", 50.0, 10.0;
    CHANGE_TAGS = "ChangeTagsForResource", 50.0, 10.0;
    ZONE_LIMIT = "GetHostedZoneLimit", 50.0, 10.0;
    ACCOUNT_LIMIT = "GetAccountLimit", 50.0, 10.0;
}

actions! { "ecr":
    DESCRIBE_REPOSITORIES = "DescribeRepositories", 20.0, 20.0;
    CREATE_REPOSITORY = "CreateRepository", 10.0, 5.0;
    DELETE_REPOSITORY = "DeleteRepository", 10.0, 5.0;
    LIST_REPOSITORY_TAGS = "ListTagsForResource", 20.0, 20.0;
    TAG_REPOSITORY = "TagResource", 10.0, 5.0;
    UNTAG_REPOSITORY = "UntagResource", 10.0, 5.0;
    PUT_MUTABILITY = "PutImageTagMutability", 10.0, 5.0;
    PUT_SCANNING = "PutImageScanningConfiguration", 10.0, 5.0;
    GET_LIFECYCLE = "GetLifecyclePolicy", 20.0, 20.0;
    PUT_LIFECYCLE = "PutLifecyclePolicy", 10.0, 5.0;
    DELETE_LIFECYCLE = "DeleteLifecyclePolicy", 10.0, 5.0;
    GET_POLICY = "GetRepositoryPolicy", 20.0, 20.0;
    SET_POLICY = "SetRepositoryPolicy", 10.0, 5.0;
    DELETE_POLICY = "DeleteRepositoryPolicy", 10.0, 5.0;
    DESCRIBE_IMAGES = "DescribeImages", 20.0, 20.0;
    BATCH_GET_IMAGE = "BatchGetImage", 50.0, 50.0;
    CHECK_LAYERS = "BatchCheckLayerAvailability", 100.0, 100.0;
    PUT_IMAGE = "PutImage", 8.0, 8.0;
    BATCH_DELETE_IMAGE = "BatchDeleteImage", 20.0, 20.0;
    DESCRIBE_REGISTRY = "DescribeRegistry", 20.0, 20.0;
    PUT_REPLICATION = "PutReplicationConfiguration", 10.0, 5.0;
    REPLICATION_STATUS = "DescribeImageReplicationStatus", 20.0, 20.0;
    GET_TOKEN = "GetAuthorizationToken", 20.0, 20.0;
}

actions! { "tag":
    GET_RESOURCES = "GetResources", 10.0, 5.0;
}

actions! { "sts":
    CALLER_IDENTITY = "GetCallerIdentity", 20.0, 20.0;
}
