//! Copies of images as an apply makes them: how often their source is read, and what is told.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lifeboat::apply::{self, Event};
use lifeboat::plan::{Phase, Plan, Step};
use lifeboat::report;
use lifeboat_contract::{
    Address, Batch, BoxFuture, Digest, ImageCopy, ImageSource, Key, Lease, Observation, Provider,
    ProviderError, Receipt, Scope, Spec, Stack, Transfer, Wanted, Watch, Write,
};
use lifeboat_oci::Layout;
use tokio::sync::watch;

use crate::drive::{folder_with, lifeboat, outside};
use crate::registry::{Registry, write_layout};

fn configuration(host: &str) -> String {
    let regions = ["us-east-1", "eu-west-1", "ap-south-1"].map(|location| {
        format!(
            "region \"{location}\" {{\n  provider = \"local\"\n  location = \"{location}\"\n}}\n"
        )
    });
    format!(
        "lifeboat {{\n  stack = \"copies\"\n}}\n\n{}\nimage \"web\" {{\n  repository = \
         \"shop/web\"\n  source     = \"{host}/shop/web:v1\"\n}}\n",
        regions.join("\n")
    )
}

fn layers() -> Vec<Vec<u8>> {
    (1_u8..4).map(|byte| vec![byte; 500_000]).collect()
}

fn count(asked: &[String], start: &str) -> usize {
    asked.iter().filter(|request| request.starts_with(start)).count()
}

fn region(folder: &Path, location: &str) -> Layout {
    let place = format!(".lifeboat/cloud/regions/{location}/shop/web/_layout");
    Layout::open(folder.join(place)).unwrap()
}

#[test]
fn the_source_sends_each_byte_once_to_three_regions() {
    let registry = Registry::start();
    let folder = folder_with("copies", &configuration(&registry.host));
    let here = &folder.path;
    let digest = write_layout(&here.join("image"), &layers());
    let to = format!("docker://{}/shop/web:v1", registry.host);
    outside(
        here,
        "skopeo",
        &["copy", "--preserve-digests", "--dest-tls-verify=false", "oci:image:v1", &to],
    );
    lifeboat(here, &["lock"]).exits(0);
    registry.asked();
    lifeboat(here, &["apply", "--auto-approve"]).exits(0);
    let asked = registry.asked();
    // Three layers and the configuration.
    assert_eq!(count(&asked, "GET /v2/shop/web/blobs/"), 4, "{asked:?}");
    for location in ["us-east-1", "eu-west-1", "ap-south-1"] {
        let walked = region(here, location).walk(&digest).unwrap();
        assert_eq!(walked.count(), 5, "{location}");
    }
    lifeboat(here, &["plan", "--detailed-exitcode"]).exits(0);
}

/// A provider whose copies take time, and tell how far they are.
struct Slow {
    /// How long the repository in `c` takes.
    repository: Duration,
    calls: Mutex<Vec<usize>>,
}

const BYTES: u64 = 1_000_000;

/// Bytes moved and planned, and the line for people.
type Told = ([u64; 2], String);

impl Provider for Slow {
    fn name(&self) -> &'static str {
        "slow"
    }

    fn observe<'a>(
        &'a self,
        _scope: &'a Scope,
    ) -> BoxFuture<'a, Result<Observation, ProviderError>> {
        Box::pin(async { Ok(Observation::default()) })
    }

    fn commit<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Result<Receipt, ProviderError>> {
        let key = &batch.writes[0].key;
        assert!(matches!(key, Key::Repository { .. }), "an image is copied");
        let is_slow = key.location().unwrap().as_str() == "c";
        Box::pin(async move {
            if is_slow {
                tokio::time::sleep(self.repository).await;
            }
            Ok(Receipt::default())
        })
    }

    fn copy<'a>(
        &'a self,
        batches: &'a [Batch],
        watch: Watch,
    ) -> BoxFuture<'a, Vec<Result<Receipt, ProviderError>>> {
        self.calls.lock().unwrap().push(batches.len());
        Box::pin(async move {
            for moved in [BYTES / 2, BYTES] {
                tokio::time::sleep(Duration::from_millis(800)).await;
                for at in 0..batches.len() {
                    watch(at, Transfer { moved, bytes: BYTES });
                }
            }
            let fails = |batch: &Batch| batch.writes[0].key.location().unwrap().as_str() == "c";
            let refused = || ProviderError::Refused { what: "c".to_owned(), why: "no".to_owned() };
            let end = |batch| if fails(batch) { Err(refused()) } else { Ok(moved()) };
            batches.iter().map(end).collect()
        })
    }

    fn settle<'a>(&'a self, _receipt: &'a Receipt) -> BoxFuture<'a, Result<(), ProviderError>> {
        Box::pin(async { Ok(()) })
    }

    fn lease(&self, _stack: &Stack) -> Result<Lease, ProviderError> {
        Ok(Lease::open())
    }
}

fn moved() -> Receipt {
    Receipt { bytes: BYTES, ..Receipt::default() }
}

/// Copies of one image to these locations, each after its repository.
fn plan(locations: &[&str]) -> Plan {
    let mut steps = Vec::new();
    for location in locations {
        let repository = step(steps.len(), Phase::Repository, location, &[]);
        let follows = [repository.id];
        steps.push(repository);
        steps.push(step(steps.len(), Phase::ImageCopy, location, &follows));
    }
    Plan {
        format_version: lifeboat::plan::FORMAT_VERSION.to_owned(),
        lifeboat_version: String::new(),
        stack: "copies".parse().unwrap(),
        complete: true,
        resource_changes: Vec::new(),
        unchanged: 0,
        steps,
        rests_on: Vec::new(),
        calls: BTreeMap::new(),
        regions: Vec::new(),
        scope: BTreeMap::new(),
        providers: BTreeMap::new(),
        traffic: Vec::new(),
        transfers: Vec::new(),
        verdicts: Vec::new(),
        inverse: Vec::new(),
        outputs: BTreeMap::new(),
    }
}

fn step(id: usize, phase: Phase, location: &str, follows: &[u32]) -> Step {
    let (location, name) = (location.parse().unwrap(), "shop/web".parse().unwrap());
    let copy = Spec::ImageCopy(ImageCopy { tag: "lb-1".to_owned() });
    let (key, spec) = if phase == Phase::Repository {
        (
            Key::Repository { location, name },
            Spec::Repository(lifeboat_contract::Repository::default()),
        )
    } else {
        let digest = Digest::of(b"web");
        (Key::ImageCopy { location, repository: name, digest }, copy)
    };
    let source = Some(ImageSource::Registry { repository: "a.example/shop/web".to_owned() });
    let then = Some(Wanted { spec, mark: None, source });
    let address = Address::block("image", "web");
    Step {
        id: u32::try_from(id).unwrap(),
        phase,
        provider: "slow".to_owned(),
        follows: follows.to_vec(),
        writes: vec![Write { address, key, expect: None, then }],
    }
}

/// Copies to `a`, `b` and `c`, where the last fails; what was told of them, and in which companies
/// they were made.
async fn copy_all(repository: Duration) -> (Vec<Told>, Vec<usize>) {
    let slow = Arc::new(Slow { repository, calls: Mutex::default() });
    let shared: Arc<dyn Provider> = slow.clone();
    let providers = BTreeMap::from([("slow".into(), shared)]);
    let (_keep, stop) = watch::channel(apply::Stop::Run);
    let (mut journal, told) = (apply::Memory::default(), Mutex::new(Vec::new()));
    let events = |event: Event<'_>| {
        let json = serde_json::to_value(report::progress(event)).unwrap();
        // Of what is no copy nothing moves.
        let numbers = [&json["moved_bytes"], &json["planned_bytes"]].map(serde_json::Value::as_u64);
        if let ("apply_progress", [Some(moved), Some(planned)]) =
            (json["type"].as_str().unwrap(), numbers)
        {
            told.lock().unwrap().push(([moved, planned], report::line(event)));
        }
    };
    let plan = plan(&["a", "b", "c"]);
    let outcome =
        apply::execute(&providers, &plan, &BTreeSet::new(), &mut journal, &events, stop).await;
    let calls = slow.calls.lock().unwrap().clone();
    let outcome = outcome.unwrap();
    assert_eq!((outcome.done.len(), outcome.bytes), (5, 2 * BYTES));
    assert_eq!(outcome.failed.keys().copied().collect::<Vec<_>>(), [5]);
    (told.into_inner().unwrap(), calls)
}

#[tokio::test(start_paused = true)]
async fn a_region_that_hangs_holds_up_nobody() {
    let (_, calls) = copy_all(Duration::from_mins(1)).await;
    assert_eq!(calls, [2, 1], "the other two went without it");
}

#[tokio::test(start_paused = true)]
async fn copies_of_one_image_go_together_and_tell_how_far_they_are() {
    let (told, calls) = copy_all(Duration::ZERO).await;
    assert_eq!(calls, [3], "one read for all three");
    assert_eq!(told.len(), 3, "{told:?}");
    for (numbers, line) in &told {
        assert_eq!(*numbers, [BYTES / 2, BYTES]);
        assert_eq!(line, "image.web: Still copying... [1s elapsed, 500.0 kB of 1.0 MB]");
    }
}
