//! What a query means, health aside.

use super::policy::Rule;
use super::{Reply, SetIndex, Why};
use crate::{CheckRef, DnsName};

/// What a query means, health aside: the groups of sets that it leads through.
#[derive(Clone, Debug)]
pub struct Tree {
    /// What is led to stands before what leads to it; the query begins at the last.
    pub(super) groups: Vec<Group>,
    pub(super) gauges: Vec<Gauge>,
}

impl Tree {
    /// What may decide the answer, sorted. Others' health does not matter.
    pub fn checks(&self) -> &[Gauge] {
        &self.gauges
    }

    /// The sets that may be answered under some health, or whose health may decide, ascending;
    /// beside them stand those of the same names that are not for the client. Aliases within the
    /// zone only lead to them.
    pub fn leaves(&self) -> Vec<SetIndex> {
        let mut leaves = Vec::new();
        for group in self.groups.iter().filter(|group| group.reached) {
            for (index, member) in group.members.iter().enumerate() {
                match member.leads {
                    Leads::Values { .. } | Leads::Reply(Reply::Foreign { .. }) => {
                        leaves.push(group.offset + index);
                    }
                    Leads::Group(_) | Leads::Reply(_) => {}
                }
            }
        }
        leaves.sort_unstable();
        leaves.dedup();
        leaves
    }
}

/// Something that is healthy or not, and that decides an answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gauge {
    /// A health check.
    Check(CheckRef),
    /// The target of an alias outside of the zone, as its provider sees it.
    Target {
        /// The name.
        name: DnsName,
        /// The provider's id of its zone.
        zone_id: String,
    },
}

/// The sets of one name and type, or a reply that no set decides.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) rule: Rule,
    /// The index of the first of the members.
    pub(super) offset: SetIndex,
    pub(super) members: Vec<Member>,
    /// Whether its health decides that of an alias.
    pub(super) measured: bool,
    /// Whether it may choose the answer, or is measured.
    pub(super) reached: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) condition: Condition,
    pub(super) leads: Leads,
    /// Whether its health keeps the group healthy.
    pub(super) counts: bool,
}

/// When a set is healthy: if all of these are.
#[derive(Clone, Debug, Default)]
pub(super) struct Condition {
    /// Positions in the tree's gauges.
    pub(super) gauges: Vec<usize>,
    /// The group that an alias evaluates.
    pub(super) group: Option<usize>,
    /// Something whose health nobody can tell.
    pub(super) unknown: Option<Why>,
}

/// What is answered when the set is chosen.
#[derive(Clone, Debug)]
pub(super) enum Leads {
    Values { ttl: Option<u32> },
    Group(usize),
    Reply(Reply),
}

impl Group {
    pub(super) fn member(&self, set: SetIndex) -> &Member {
        &self.members[set - self.offset]
    }

    /// Whether it is healthy whatever any check says.
    pub(super) fn is_steady(&self) -> bool {
        self.members.iter().any(|member| member.counts && member.condition.is_steady())
    }
}

impl Condition {
    pub(super) fn is_steady(&self) -> bool {
        self.gauges.is_empty() && self.group.is_none() && self.unknown.is_none()
    }
}
