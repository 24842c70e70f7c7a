//! All answers of a tree at once.

use std::collections::BTreeMap;

use super::{Answers, Reply, Tree};

/// How many checks a table knows at most; making it goes as deep.
const CHECKS_MAX: usize = 256;

/// All answers of a tree at once, as a diagram of decisions: to find the answers for some health is
/// to ask for the checks that matter, one after the other.
#[derive(Clone, Debug)]
pub struct Table {
    root: Next,
    nodes: Vec<Node>,
    answers: Vec<Answers>,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    check: usize,
    unhealthy: Next,
    healthy: Next,
}

#[derive(Clone, Copy, Debug)]
enum Next {
    Node(usize),
    Answers(usize),
}

impl Tree {
    /// All answers at once; absent if that takes more than `decisions_max` decisions, or if there
    /// are more than 256 checks.
    ///
    /// An order of preference takes about as many decisions as there are checks; weights take two
    /// to the power of their number.
    pub fn table(&self, decisions_max: usize) -> Option<Table> {
        if self.checks().len() > CHECKS_MAX {
            return None;
        }
        let mut making = Making {
            tree: self,
            decisions_max,
            known: vec![None; self.checks().len()],
            nodes: Vec::new(),
            answers: Vec::new(),
            places: BTreeMap::new(),
        };
        let root = making.next()?;
        Some(Table { root, nodes: making.nodes, answers: making.answers })
    }
}

impl Table {
    /// The different distributions.
    pub fn answers(&self) -> &[Answers] {
        &self.answers
    }

    /// Which of [`answers`](Self::answers) is given while those of the tree's checks are healthy
    /// for whose positions `healthy` is true.
    pub fn find(&self, healthy: impl Fn(usize) -> bool) -> usize {
        let mut next = self.root;
        loop {
            match next {
                Next::Answers(answers) => return answers,
                Next::Node(node) => {
                    let node = self.nodes[node];
                    next = if healthy(node.check) { node.healthy } else { node.unhealthy };
                }
            }
        }
    }

    /// The same, where check `n` is healthy if bit `n` is set; checks from the 65th on are not.
    pub fn find_bits(&self, healthy: u64) -> usize {
        self.find(|check| check < 64 && healthy >> check & 1 == 1)
    }
}

struct Making<'t> {
    tree: &'t Tree,
    decisions_max: usize,
    known: Vec<Option<bool>>,
    nodes: Vec<Node>,
    answers: Vec<Answers>,
    /// Where the distributions over some replies are.
    places: BTreeMap<Vec<Reply>, Vec<usize>>,
}

impl Making<'_> {
    /// What follows from what is known; absent if there are too many decisions.
    fn next(&mut self) -> Option<Next> {
        let known = &self.known;
        let (answers, lacking) = self.tree.evaluate(&|check| known[check]);
        let Some(check) = lacking else { return Some(Next::Answers(self.index(answers))) };
        if self.nodes.len() >= self.decisions_max {
            return None;
        }
        let place = self.nodes.len();
        let none = Next::Node(place);
        self.nodes.push(Node { check, unhealthy: none, healthy: none });
        self.known[check] = Some(false);
        let unhealthy = self.next()?;
        self.known[check] = Some(true);
        let healthy = self.next()?;
        self.known[check] = None;
        self.nodes[place] = Node { check, unhealthy, healthy };
        Some(Next::Node(place))
    }

    fn index(&mut self, answers: Answers) -> usize {
        let replies = answers.iter().map(|share| share.reply.clone()).collect();
        let places = self.places.entry(replies).or_default();
        if let Some(place) = places.iter().find(|place| self.answers[**place] == answers) {
            return *place;
        }
        places.push(self.answers.len());
        self.answers.push(answers);
        self.answers.len() - 1
    }
}
