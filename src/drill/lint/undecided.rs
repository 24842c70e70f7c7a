//! Rules, or parts of them, whose facts a configuration does not have.

/// What is not looked at.
#[derive(Debug, PartialEq, Eq)]
pub struct Undecided {
    pub id: &'static str,
    /// What the rule is about.
    pub title: &'static str,
    /// Why nothing is said; the end of a sentence.
    pub reason: &'static str,
}

const fn no(id: &'static str, title: &'static str, reason: &'static str) -> Undecided {
    Undecided { id, title, reason }
}

/// Rules, or parts of them, that are not looked at, in the order of their ids.
pub const UNDECIDED: &[Undecided] = &[
    no(
        "L02",
        "Load balancers, endpoints and roles that a failover makes",
        "what is made is declared only as `capacity.needs`",
    ),
    no(
        "L03",
        "A default endpoint of STS or SAML",
        "what applications sign in with is declared only as a `dependency`",
    ),
    no(
        "L04",
        "A zone without accelerated recovery",
        "no provider tells whether a zone has it, and Lifeboat's failovers change no record",
    ),
    no(
        "L05",
        "State, locks or runners in the lost region",
        "Lifeboat keeps no state; where it runs is not declared",
    ),
    no(
        "L06",
        "Endpoints of routing controls that are not stored",
        "routing controls are not modelled",
    ),
    no("L14", "Alarms in the region that they watch", "checks of metrics are not modelled"),
    no(
        "L18",
        "A path that asks too much",
        "how long an endpoint takes is not known before it is asked",
    ),
    no("L19", "Checkers that a firewall refuses", "firewalls are not modelled"),
    no("L20", "Alarms that health checks cannot watch", "checks of metrics are not modelled"),
    no("L21", "An alarm that was changed after its check", "checks of metrics are not modelled"),
    no(
        "L22",
        "A check of an address that is somebody else's now",
        "who holds an address is not read",
    ),
    no("L25", "An alias of a load balancer without targets", "load balancers are not read"),
    no(
        "L34",
        "Falling back to a stateful service without fencing",
        "what a target keeps is not declared",
    ),
    no(
        "L37",
        "A record that is protected",
        "protections are not read; a provider refuses the batch",
    ),
    no(
        "L40",
        "One certificate, key, quota or gateway for all",
        "those are declared only as a `dependency`",
    ),
    no("L44", "Deletions that a registry replicates", "no provider tells whether they are"),
    no("L46", "Quotas, and more load from retries", "neither is declared"),
    no("L47", "Retries without a budget", "how clients retry is not declared"),
    no("L48", "Data that is older than allowed", "data stores are not modelled"),
    no("L49", "Logs, secrets and replicas of data elsewhere", "those are not modelled"),
    no(
        "L50",
        "Regions of one country or grid",
        "only groups that a `dependency` declares are known",
    ),
    no("L52", "A rehearsal that is too long ago", "rehearsals are not kept with the configuration"),
];
