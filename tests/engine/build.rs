//! Real builds, by buildah, on a base that is made on the spot.

use std::fs;
use std::path::Path;

use crate::drive::{lifeboat_with, outside, outside_with, tree};
use crate::transcript::TempFolder;

const MAIN: &str = r#"
lifeboat {
  stack = "built"
}

region "virginia" {
  provider = "local"
  location = "us-east-1"
}

image "web" {
  repository = "built/web"

  build {
    context   = "web"
    target    = "runtime"
    args      = { GREETING = "hello" }
    secrets   = { token = env("TOKEN") }
    builder   = "buildah"
    timeout   = "5m"
  }
}
"#;

const DOCKERFILE: &str = r#"
ARG BASE=localhost/base:1
FROM ${BASE} AS build
ARG GREETING
WORKDIR /out
COPY src/ src/
RUN --mount=type=secret,id=token echo "$GREETING" > greeting && wc -c < /run/secrets/token > size

FROM build AS broken
RUN false

FROM scratch AS runtime
COPY --from=build /out /
CMD ["/greeting"]
"#;

const SECRET: &str = "a-token-that-nobody-may-see";

/// A folder with a store of its own, and a base in it.
struct Workshop {
    folder: TempFolder,
    environment: Vec<(&'static str, String)>,
}

impl Workshop {
    fn new(name: &str) -> Self {
        let folder = TempFolder::new(name);
        let here = &folder.path;
        let store = here.join("store");
        fs::create_dir_all(store.join("tmp")).unwrap();
        let shown = store.display();
        let conf = format!(
            "[storage]\ndriver = \"overlay\"\nrunroot = \"{shown}/run\"\ngraphroot = \"{shown}/graph\"\n"
        );
        fs::write(store.join("storage.conf"), conf).unwrap();
        let environment = vec![
            ("CONTAINERS_STORAGE_CONF", store.join("storage.conf").display().to_string()),
            ("TMPDIR", store.join("tmp").display().to_string()),
            ("TOKEN", SECRET.to_owned()),
        ];
        fs::write(here.join("main.hcl"), MAIN).unwrap();
        fs::create_dir_all(here.join("web/src")).unwrap();
        fs::write(here.join("web/Dockerfile"), DOCKERFILE).unwrap();
        fs::write(here.join("web/src/page"), "one").unwrap();
        let made = Self { folder, environment };
        made.base("one");
        made
    }

    fn path(&self) -> &Path {
        &self.folder.path
    }

    fn environment(&self) -> Vec<(&str, &str)> {
        self.environment.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    /// Builds `localhost/base:1` from a static busybox.
    fn base(&self, content: &str) {
        let base = self.path().join("store/base");
        fs::create_dir_all(base.join("bin")).unwrap();
        fs::copy("/bin/busybox", base.join("bin/busybox")).unwrap();
        fs::write(base.join("content"), content).unwrap();
        let file = "FROM scratch\nCOPY bin /bin\nCOPY content /\n\
                    RUN [\"/bin/busybox\", \"--install\", \"/bin\"]\n";
        fs::write(base.join("Dockerfile"), file).unwrap();
        let words =
            ["build", "--isolation", "chroot", "--timestamp", "0", "-t", "localhost/base:1"];
        let words = [&words[..], &[base.to_str().unwrap()]].concat();
        outside_with(self.path(), &self.environment(), "buildah", &words);
    }

    fn run(&self, words: &[&str]) -> crate::drive::Ran {
        lifeboat_with(self.path(), &self.environment(), words)
    }

    fn locked(&self) -> lifeboat::lock::LockedImage {
        let text = fs::read_to_string(self.path().join("lifeboat.lock.hcl")).unwrap();
        lifeboat::lock::read(&text).unwrap().images["web"].clone()
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        // A failed build may leave a container mounted, and the store mounts itself.
        let clean = "buildah rm --all; umount store/graph/overlay; true";
        let mut command = std::process::Command::new("sh");
        command.args(["-c", clean]).current_dir(self.path());
        let _output = command.envs(self.environment.iter().cloned()).output();
    }
}

#[test]
fn the_same_inputs_give_the_same_image() {
    let (one, two) = (Workshop::new("build-one"), Workshop::new("build-two"));
    let built = one.run(&["image", "build"]).exits(0);
    assert!(built.err.contains("STEP"), "{}", built.all());
    two.run(&["image", "build", "web"]).exits(0);
    let (first, second) = (one.locked(), two.locked());
    assert_eq!(first, second);
    let build = first.build.unwrap();
    assert!(build.builder.starts_with("buildah 1."), "{}", build.builder);
    assert!(build.bases["localhost/base:1"].starts_with("sha256:"), "{:?}", build.bases);
    assert_eq!(build.files.keys().collect::<Vec<_>>(), ["src/page"]);

    // An outside reader finds the same digest, and every blob.
    let layout = format!("oci:{}", one.path().join(".lifeboat/images/web").display());
    let inspected = outside(one.path(), "skopeo", &["inspect", &layout]);
    let inspected: serde_json::Value = serde_json::from_str(&inspected).unwrap();
    assert_eq!(inspected["Digest"], first.digest.as_str());

    // The secret reached the build, and nothing that stays.
    for (path, bytes) in tree(&one.path().join(".lifeboat")) {
        assert!(!String::from_utf8_lossy(&bytes).contains(SECRET), "{}", path.display());
    }
    let lock = fs::read_to_string(one.path().join("lifeboat.lock.hcl")).unwrap();
    assert!(!lock.contains(SECRET) && !built.all().contains(SECRET));

    one.run(&["image", "build", "--check"]).exits(0);
    one.run(&["plan"]).exits(0);
    one.run(&["apply", "--auto-approve"]).exits(0);
    one.run(&["plan", "--detailed-exitcode"]).exits(0);
    // What every region has needs no content here.
    fs::remove_dir_all(one.path().join(".lifeboat/images")).unwrap();
    one.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn a_changed_file_is_built_anew_and_a_failed_build_changes_nothing() {
    let shop = Workshop::new("build-again");
    shop.run(&["image", "build"]).exits(0);
    let first = shop.locked();
    fs::write(shop.path().join("web/src/page"), "two").unwrap();
    let told = shop.run(&["image", "explain", "web"]).exits(0);
    assert!(told.out.contains("web/src/page has changed"), "{}", told.out);
    shop.run(&["image", "build", "--check"]).exits(3);
    shop.run(&["image", "build"]).exits(0);
    let second = shop.locked();
    assert_ne!(first.digest, second.digest);

    let dockerfile = shop.path().join("web/Dockerfile");
    let sound = fs::read_to_string(&dockerfile).unwrap();
    fs::write(&dockerfile, sound.replace("wc -c", "exit 5; wc -c")).unwrap();
    let before = tree(&shop.path().join(".lifeboat"));
    shop.run(&["image", "build"]).refuses("E0507");
    assert_eq!(shop.locked(), second);
    assert_eq!(tree(&shop.path().join(".lifeboat")), before);
    fs::write(&dockerfile, sound).unwrap();
    shop.run(&["image", "build", "--check"]).exits(0);
}

#[test]
fn a_build_that_takes_too_long_is_stopped() {
    let shop = Workshop::new("build-slow");
    let main = shop.path().join("main.hcl");
    fs::write(&main, MAIN.replace("\"5m\"", "\"2s\"")).unwrap();
    let slow = DOCKERFILE.replace("echo \"$GREETING\"", "sleep 987; echo \"$GREETING\"");
    fs::write(shop.path().join("web/Dockerfile"), slow).unwrap();
    let ran = shop.run(&["image", "build"]).refuses("E0507");
    assert!(ran.err.contains("was stopped after 2 s"), "{}", ran.err);
    let left = outside(shop.path(), "sh", &["-c", "ps -eo args | grep '^[s]leep 987' || true"]);
    assert_eq!(left, "", "the build goes on");
}

/// What it makes is deleted in a layer of its own.
const WASTEFUL: &str = r#"
FROM localhost/base:1
RUN dd if=/dev/urandom of=/large bs=1000 count=3000 \
    && cp /bin/busybox /helper && chmod 4755 /helper
COPY src/ /src/
RUN rm /large
USER 1000
CMD ["/src/page"]
"#;

#[test]
fn lints_measure_what_was_built() {
    let shop = Workshop::new("build-linted");
    let main = MAIN.replace("target    = \"runtime\"", "");
    fs::write(shop.path().join("main.hcl"), main).unwrap();
    fs::write(shop.path().join("web/Dockerfile"), WASTEFUL).unwrap();
    shop.run(&["image", "build"]).exits(0);
    let lints = shop.run(&["image", "lint", "--json"]).exits(0);
    let lints: serde_json::Value = serde_json::from_str(&lints.out).unwrap();
    let image = &lints["images"][0];
    assert_eq!((image["stale"].as_bool(), image["unmeasured"].is_null()), (Some(false), true));
    assert_eq!(image["layers"]["lost_bytes"], 3_000_000);
    let said: Vec<(&str, u64)> = lints["remarks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|remark| (remark["rule"].as_str().unwrap(), remark["line"].as_u64().unwrap()))
        .filter(|(rule, _)| ["LB103", "LB502"].contains(rule))
        .collect();
    // The first `RUN` made what is lost; the base has a shell and what installs packages.
    assert_eq!(said, [("LB502", 2), ("LB502", 2), ("LB502", 2), ("LB103", 3)]);

    // As a build that leaves nothing behind has it.
    let lean = WASTEFUL.replace("cp /bin", "rm /large && cp /bin").replace("RUN rm /large\n", "");
    fs::write(shop.path().join("web/Dockerfile"), lean).unwrap();
    shop.run(&["image", "build"]).exits(0);
    let lints = shop.run(&["image", "lint"]).exits(0).out;
    assert!(!lints.contains("LB103"), "{lints}");
    assert!(lints.contains("0 B of them not seen in the end: efficiency 100.0 %\n"), "{lints}");
}

/// Ignore files whose corners builders have.
const IGNORED: [&str; 8] = [
    "*\n!README.md\n!d/e\n",
    "**/a\n!d/e/a\n.git\n",
    "d/**/x.log\n**foo\n",
    "/d/\n!d/**\n**/*.md\n",
    "*/e\n[ab]\n!a\n",
    "./g/../d/e/f/\n# a\n  c.md  \n",
    "**\n!*.md\n!d/b.log\n",
    "\\*\n?\nd*\n!d/foo\n",
];

#[test]
fn what_is_ignored_is_what_buildah_leaves_out() {
    let shop = Workshop::new("build-ignored");
    let here = shop.path();
    let main = fs::read_to_string(here.join("main.hcl")).unwrap();
    fs::write(here.join("main.hcl"), main.replace("target    = \"runtime\"", "")).unwrap();
    let names = ["a", "b", "c.md", "README.md", "d/a", "d/b.log", "d/e/a", "d/e/f/x.log", "foo"];
    for name in names.iter().chain(&["barfoo", "d/foo", "g/h/i", ".git/config", "d/e/f/foo.md"]) {
        let path = here.join("web").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }
    fs::write(here.join("web/Dockerfile"), "FROM scratch\nCOPY . /\n").unwrap();
    for text in IGNORED {
        fs::write(here.join("web/Dockerfile.dockerignore"), text).unwrap();
        shop.run(&["image", "build"]).exits(0);
        let counted = shop.locked().build.unwrap().files;
        let counted: Vec<&str> = counted.keys().map(String::as_str).collect();
        let list =
            "for blob in .lifeboat/images/web/blobs/sha256/*; do tar -tzf $blob; done 2> list.err";
        let mut taken: Vec<String> = outside(here, "sh", &["-c", &format!("{list}; true")])
            .lines()
            .filter(|name| !name.ends_with('/'))
            .map(str::to_owned)
            .collect();
        taken.sort();
        assert_eq!(counted, taken, "{text}");
    }
}
