//! The example of three candidates: built by buildah, ranked from a registry by podman, the winner
//! replicated.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use lifeboat::report::RankingJson;

use crate::drive::{Ran, lifeboat_with, outside, outside_with, pause};
use crate::schema::violations;
use crate::transcript::{TempFolder, copy};

/// A registry of its own, with an empty storage.
struct Registry {
    child: Child,
    address: String,
}

impl Registry {
    fn start(folder: &Path) -> Self {
        let address = format!("127.0.0.1:{}", free_port());
        let path = folder.join("registry.yml");
        let storage = folder.join("registry").display().to_string();
        let text = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {storage}}}}}\n\
             http: {{addr: \"{address}\"}}\n"
        );
        fs::write(&path, text).unwrap();
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(&path).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().unwrap();
        let registry = Self { child, address };
        for _ in 0..500 {
            if std::net::TcpStream::connect(&registry.address).is_ok() {
                return registry;
            }
            pause(Duration::from_millis(20));
        }
        panic!("docker-registry does not answer");
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The example in a folder with a store of its own, and the bases in it.
struct Example {
    folder: TempFolder,
    store: String,
}

impl Example {
    fn new(name: &str) -> Self {
        let folder = TempFolder::new(name);
        let here = &folder.path;
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/candidates"), here);
        let store = here.join("store");
        fs::create_dir_all(&store).unwrap();
        let shown = store.display();
        let conf = format!(
            "[storage]\ndriver = \"overlay\"\nrunroot = \"{shown}/run\"\ngraphroot = \"{shown}/graph\"\n\
             [storage.options.overlay]\nskip_mount_home = \"true\"\n"
        );
        let path = store.join("storage.conf");
        fs::write(&path, conf).unwrap();
        let example = Self { store: path.display().to_string(), folder };
        example.serve_at(free_port());
        example
    }

    fn here(&self) -> &Path {
        &self.folder.path
    }

    /// The example's port may be taken on this machine.
    fn serve_at(&self, port: u16) {
        let names = ["single", "multi", "minimal"].map(|name| format!("site/{name}.Dockerfile"));
        for name in names.iter().map(String::as_str).chain(["main.hcl"]) {
            let path = self.here().join(name);
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.contains("8099"), "{name}");
            fs::write(&path, text.replace("8099", &port.to_string())).unwrap();
        }
    }

    /// What the README says: two bases from the machine's busybox.
    fn bases(&self) {
        fs::copy("/bin/busybox", self.here().join("base/busybox")).unwrap();
        for base in ["base", "tools"] {
            let tag = format!("localhost/{base}:1");
            let words = ["build", "--isolation", "chroot", "--tag", &tag, base];
            outside_with(self.here(), &self.environment(), "buildah", &words);
        }
    }

    /// A candidate that ends at once.
    fn add_broken(&self) {
        let main = self.here().join("main.hcl");
        let text = fs::read_to_string(&main).unwrap();
        let more = "candidate \"broken\" {\n      dockerfile = \"broken.Dockerfile\"\n    }\n\n    \
                    candidate \"single\" {";
        fs::write(&main, text.replace("candidate \"single\" {", more)).unwrap();
        let text = "FROM localhost/base:1\nCMD [\"ls\", \"/nothing-here\"]\n";
        fs::write(self.here().join("site/broken.Dockerfile"), text).unwrap();
    }

    fn environment(&self) -> Vec<(&str, &str)> {
        vec![("CONTAINERS_STORAGE_CONF", &self.store)]
    }

    fn run(&self, words: &[&str]) -> Ran {
        lifeboat_with(self.here(), &self.environment(), words)
    }

    fn rank(&self, registry: &Registry, more: &[&str]) -> RankingJson {
        let words = ["image", "rank", "web", "--region", "ireland", "--runs", "3", "--json"];
        let ran = self.run(&[&words[..], &["--registry", &registry.address], more].concat());
        self.keeps_clean();
        read(&ran.exits(0))
    }

    /// Nothing of a measurement is left: no folder, no mount, no container.
    fn keeps_clean(&self) {
        let entries = fs::read_dir(self.here().join(".lifeboat")).unwrap();
        let left: Vec<PathBuf> = entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_string_lossy().contains("rank-"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
        let mounts = fs::read_to_string("/proc/mounts").unwrap();
        let place = self.here().join(".lifeboat").display().to_string();
        assert!(!mounts.contains(&place), "{mounts}");
    }
}

fn read(ran: &Ran) -> RankingJson {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/ranking.schema.json");
    let schema = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    let found = violations(&schema, &serde_json::from_str(&ran.out).unwrap());
    assert!(found.is_empty(), "{found:#?}\n{}", ran.out);
    serde_json::from_str(&ran.out).unwrap()
}

#[test]
fn three_candidates_are_ranked_and_the_winner_is_replicated() {
    let example = Example::new("candidates");
    example.bases();
    example.add_broken();
    let registry = Registry::start(example.here());
    example.run(&["image", "build"]).exits(0);
    example.run(&["plan"]).refuses("E0509");

    let svg = example.here().join("ranking.svg");
    let ranking =
        example.rank(&registry, &["--requests", "20", "--lock", "--svg", svg.to_str().unwrap()]);
    assert_eq!((ranking.runs, ranking.requests), (3, 20));
    assert!(ranking.runtime.is_some(), "{:?}", ranking.not_measured);
    assert!(ranking.baseline.is_some());
    let order: Vec<&str> = ranking.candidates.iter().map(|one| one.name.as_str()).collect();
    let winner = ranking.winner.clone().unwrap();
    assert_eq!(winner, order[0]);
    // It has 24 MB more than the others.
    assert_ne!(winner, "single");
    assert_eq!(order[3], "broken");
    for one in &ranking.candidates[..3] {
        let phases: Vec<&str> = one.phases.iter().map(|part| part.phase.as_str()).collect();
        assert_eq!(phases, ["connect", "manifest", "download", "unpack", "start"], "{}", one.name);
        assert!(one.rank.is_some() && one.failed.is_none(), "{}", one.name);
        let total = one.total.unwrap();
        assert!(total.low_us <= total.median_us && total.median_us <= total.high_us);
        let request = one.request.unwrap();
        assert!(request.p50_us <= request.p95_us && request.p95_us <= request.p99_us);
    }
    let broken = &ranking.candidates[3];
    assert_eq!((broken.rank, broken.total), (None, None));
    let why = broken.failed.as_deref().unwrap();
    assert!(why.contains("ended before it was healthy") && why.contains("nothing-here"), "{why}");
    let drawn = outside(example.here(), "sh", &["-c", "grep -c '<title>' ranking.svg"]);
    assert_eq!(drawn.trim(), "15", "three bars of five phases");

    // An outside reader finds the winner where it was pulled from, and no tag beside it.
    let digest = &ranking.candidates[0].digest;
    let place = format!("docker://{}/candidates/web", registry.address);
    let words = ["inspect", "--raw", "--tls-verify=false", &format!("{place}@{digest}")];
    outside(example.here(), "skopeo", &words);
    let tags = "skopeo list-tags --tls-verify=false \"$0\" 2> /dev/null | grep -c '^ ' || true";
    let tags = outside(example.here(), "sh", &["-c", tags, &place]);
    assert!(!tags.contains('"'), "{tags}");

    let lock = fs::read_to_string(example.here().join("lifeboat.lock.hcl")).unwrap();
    let lock = lifeboat::lock::read(&lock).unwrap();
    let locked = &lock.rankings["web"];
    assert_eq!((locked.region.as_str(), &locked.winner), ("ireland", &winner));
    for one in &ranking.candidates {
        let place = &locked.candidates[&one.name];
        assert_eq!((place.rank, place.digest.as_str()), (one.rank, one.digest.as_str()));
    }

    example.run(&["apply", "--auto-approve"]).exits(0);
    for location in ["us-east-1", "eu-west-1"] {
        let layout = format!(".lifeboat/cloud/regions/{location}/candidates/web/_layout");
        let inspected = outside(example.here(), "skopeo", &["inspect", &format!("oci:{layout}")]);
        let inspected: serde_json::Value = serde_json::from_str(&inspected).unwrap();
        assert_eq!(inspected["Digest"], digest.as_str(), "{location}");
    }
    example.run(&["plan", "--detailed-exitcode"]).exits(0);

    without_a_runtime(&example, &registry);
}

/// What cannot be measured is not made up.
fn without_a_runtime(example: &Example, registry: &Registry) {
    let bare = example.here().join("bare");
    fs::create_dir(&bare).unwrap();
    for tool in ["timeout", "sh"] {
        std::os::unix::fs::symlink(Path::new("/usr/bin").join(tool), bare.join(tool)).unwrap();
    }
    let mut environment = example.environment();
    environment.push(("PATH", bare.to_str().unwrap()));
    let words = ["image", "rank", "web", "--region", "ireland", "--runs", "3", "--registry"];
    let words = [&words[..], &[&registry.address]].concat();
    let table = lifeboat_with(example.here(), &environment, &words).exits(0);
    assert!(table.out.contains("not measured"), "{}", table.out);
    let ranking =
        read(&lifeboat_with(example.here(), &environment, &[&words[..], &["--json"]].concat()));
    let why = ranking.not_measured.unwrap();
    assert!(why.contains("podman") && ranking.runtime.is_none(), "{why}");
    for one in &ranking.candidates {
        assert!(one.rank.is_some() && one.request.is_none(), "{}", one.name);
        assert!(one.phases.iter().all(|part| part.phase != "start"), "{}", one.name);
    }
    example.keeps_clean();
}
