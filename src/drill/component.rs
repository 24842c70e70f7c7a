//! What can be lost, and what is lost with it.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_contract::{Address, Key};

use super::verdict::{Component, ComponentKind};
use crate::desired::Desired;
use crate::intent::{Intents, Probe};

/// Where Route 53 has health checkers (API reference, `HealthCheckConfig`, `Regions`). Other servers
/// are taken to have as many.
pub(super) const CHECKERS: [&str; 8] = [
    "ap-northeast-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "eu-west-1",
    "sa-east-1",
    "us-east-1",
    "us-west-1",
    "us-west-2",
];

/// Checkers in each place: 16 in all (Developer Guide, "Monitoring health check latency").
pub(super) const CHECKERS_EACH: u32 = 2;

/// Where the control planes of the world stand (Fault Isolation Boundaries, "Global services").
const GLOBAL_CONTROL: &str = "us-east-1";

/// Everything that can be lost.
pub(super) struct Universe {
    components: Vec<Component>,
    /// Which components' loss takes each one, itself among them.
    causes: Vec<BTreeSet<usize>>,
    index: BTreeMap<String, usize>,
}

impl Universe {
    pub(super) fn of(intents: &Intents, desired: &Desired) -> Self {
        let mut making = Making::default();
        for region in &desired.regions {
            making.add(ComponentKind::Region, region.name.to_string());
        }
        for resource in desired.resources.values() {
            if let (Some(Key::Repository { .. }), Some(region)) = (&resource.key, &resource.region)
            {
                making.add(ComponentKind::Registry, registry(region));
                making.couple(region, registry(region));
            }
        }
        for place in CHECKERS {
            making.add(ComponentKind::Checkers, checkers(place));
        }
        making.control_planes(intents);
        for region in &desired.regions {
            let location = region.location.as_str();
            if CHECKERS.contains(&location) {
                making.couple(&region.name, checkers(location));
            }
            if location == GLOBAL_CONTROL {
                making.couple(&region.name, control("route53", ""));
                making.couple(&region.name, control("iam", ""));
            }
        }
        for address in intents.dependencies.keys() {
            making.add(ComponentKind::Dependency, dependency(address));
        }
        for (address, dependency_) in &intents.dependencies {
            let name = dependency(address);
            if let Some(region) = &dependency_.region {
                making.couple(plain(region), name.clone());
            }
            for needing in &dependency_.needed_by.value {
                match needing.as_str().split_once('.') {
                    Some(("region", region)) => making.couple(&name, region.to_owned()),
                    Some(("dependency", _)) => making.couple(&name, dependency(needing)),
                    // Which checks fail is the model's.
                    Some(_) | None => {}
                }
            }
        }
        making.close()
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    pub(super) fn name(&self, component: usize) -> &str {
        &self.components[component].name
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.components.iter().map(|component| component.name.as_str())
    }

    pub(super) fn of_kind(&self, kind: ComponentKind) -> impl Iterator<Item = usize> + '_ {
        let all = self.components.iter().enumerate();
        all.filter(move |(_, component)| component.kind == kind).map(|(index, _)| index)
    }

    pub(super) fn len(&self) -> usize {
        self.components.len()
    }

    /// What takes this component down when it is lost.
    pub(super) fn causes(&self, name: &str) -> BTreeSet<usize> {
        self.find(name).map(|at| self.causes[at].clone()).unwrap_or_default()
    }

    pub(super) fn into_components(self) -> Vec<Component> {
        self.components
    }
}

/// The name of a region's registry.
pub(super) fn registry(region: &str) -> String {
    format!("registry:{region}")
}

/// The name of the checkers of one place.
pub(super) fn checkers(place: &str) -> String {
    format!("checkers:{place}")
}

/// The name of a control plane; that of EC2 is one for each region.
pub(super) fn control(plane: &str, region: &str) -> String {
    if plane == "ec2" { format!("control:ec2:{region}") } else { format!("control:{plane}") }
}

/// The name of a `dependency` block.
pub(super) fn dependency(address: &Address) -> String {
    format!("dependency:{}", plain(address))
}

/// What stands behind the kind of block: `web["a"]` of `dependency.web["a"]`.
pub(super) fn plain(address: &Address) -> &str {
    address.as_str().split_once('.').map_or(address.as_str(), |(_, name)| name)
}

/// The dependencies that each endpoint check needs.
pub(super) fn needs(intents: &Intents) -> BTreeMap<Address, BTreeSet<String>> {
    let mut needs: BTreeMap<Address, BTreeSet<String>> = BTreeMap::new();
    for (address, dependency_) in &intents.dependencies {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&Address> = dependency_.needed_by.value.iter().collect();
        while let Some(next) = open.pop() {
            let Some(check) = intents.health_checks.get(next).filter(|_| seen.insert(next)) else {
                continue;
            };
            match &check.probe {
                Probe::Endpoint { .. } => {
                    needs.entry(next.clone()).or_default().insert(dependency(address));
                }
                Probe::Calculated { checks, .. } => open.extend(&checks.value),
            }
        }
    }
    needs
}

#[derive(Default)]
struct Making {
    components: Vec<Component>,
    index: BTreeMap<String, usize>,
    couplings: Vec<(String, String)>,
}

impl Making {
    fn add(&mut self, kind: ComponentKind, name: String) {
        if !self.index.contains_key(&name) {
            self.index.insert(name.clone(), self.components.len());
            self.components.push(Component { name, kind, takes: Vec::new() });
        }
    }

    fn couple(&mut self, lost: &str, takes: String) {
        self.couplings.push((lost.to_owned(), takes));
    }

    /// Those of the whole world, and those of regions where something has to grow.
    fn control_planes(&mut self, intents: &Intents) {
        for plane in ["route53", "iam"] {
            self.add(ComponentKind::ControlPlane, control(plane, ""));
        }
        for target in intents.failovers.values().flat_map(|failover| &failover.targets) {
            if target.capacity.needs.iter().any(|plane| plane == "ec2") {
                let region = plain(&target.region.value);
                self.add(ComponentKind::ControlPlane, control("ec2", region));
                self.couple(region, control("ec2", region));
            }
        }
    }

    fn close(mut self) -> Universe {
        let mut takes = vec![BTreeSet::new(); self.components.len()];
        for (lost, taken) in &self.couplings {
            if let (Some(lost), Some(taken)) = (self.index.get(lost), self.index.get(taken)) {
                takes[*lost].insert(*taken);
            }
        }
        let mut causes = vec![BTreeSet::new(); self.components.len()];
        for lost in 0..self.components.len() {
            let mut reached = BTreeSet::from([lost]);
            let mut open = vec![lost];
            while let Some(next) = open.pop() {
                open.extend(takes[next].iter().filter(|taken| reached.insert(**taken)));
            }
            let names = reached.iter().filter(|taken| **taken != lost);
            let names = names.map(|taken| self.components[*taken].name.clone()).collect();
            self.components[lost].takes = names;
            for taken in reached {
                causes[taken].insert(lost);
            }
        }
        Universe { components: self.components, causes, index: self.index }
    }
}
