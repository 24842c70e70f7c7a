//! The words of each builder.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lifeboat_contract::Digest;
use tokio::process::Command;

use super::Order;
use crate::image::context;
use crate::intent::Builder;

/// A build, and where its parts are.
pub(super) struct Job<'j> {
    pub(super) order: &'j Order<'j>,
    /// The layout to write.
    pub(super) layout: PathBuf,
    /// Files with secrets, by name.
    pub(super) secrets: BTreeMap<String, PathBuf>,
}

/// Asks for the version.
pub(super) fn version(builder: Builder) -> Command {
    match builder {
        Builder::Buildx => command("docker", &["buildx", "version"]),
        Builder::Buildah => command("buildah", &["--version"]),
    }
}

/// The first word that looks like a version.
pub(super) fn version_in(text: &str) -> Option<String> {
    let digit = |c: char| c.is_ascii_digit();
    let words = text.split_whitespace().map(|word| word.trim_start_matches('v'));
    let mut versions = words.filter(|word| word.starts_with(digit) && word.contains('.'));
    versions.next().map(str::to_owned)
}

/// What has to be run, one after another.
pub(super) fn commands(builder: Builder, job: &Job<'_>) -> Vec<Command> {
    match builder {
        Builder::Buildx => vec![buildx(job)],
        Builder::Buildah => buildah(job),
    }
}

/// The digest of a base that has just been built on, as the builder knows it.
pub(super) async fn base(builder: Builder, reference: &str) -> Option<String> {
    match builder {
        Builder::Buildx => None,
        Builder::Buildah => {
            let format = "{{.FromImageDigest}}";
            let words = ["inspect", "--type", "image", "--format", format, reference];
            let told = super::output(command("buildah", &words)).await?;
            told.trim().parse::<Digest>().ok().map(|digest| digest.as_str().to_owned())
        }
    }
}

fn command(program: &str, words: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(words);
    command
}

/// What both builders call the same.
fn shared(command: &mut Command, job: &Job<'_>) {
    let Order { build, from, .. } = *job.order;
    if let Some(target) = &build.target {
        command.args(["--target", target]);
    }
    if !build.platforms.is_empty() {
        command.args(["--platform", &build.platforms.join(",")]);
    }
    for (name, value) in &build.args {
        command.args(["--build-arg", &format!("{name}={value}")]);
    }
    for (name, path) in &job.secrets {
        command.args(["--secret", &format!("id={name},src={}", path.display())]);
    }
    command.arg("--file").arg(from.join(context::dockerfile_path(build)));
}

/// `docker buildx`. Attestations differ with each build, and so would the digest.
fn buildx(job: &Job<'_>) -> Command {
    let words = ["buildx", "build", "--provenance=false", "--sbom=false", "--progress=plain"];
    let mut command = command("docker", &words);
    command.env("SOURCE_DATE_EPOCH", "0").env("BUILDX_NO_DEFAULT_ATTESTATIONS", "1");
    let layout = job.layout.display();
    let output = format!("type=oci,dest={layout},tar=false,rewrite-timestamp=true");
    command.args(["--output", &output]);
    shared(&mut command, job);
    command.arg(job.order.from.join(&job.order.build.context));
    command
}

/// `buildah`, which builds into its own store and is then asked for a layout.
fn buildah(job: &Job<'_>) -> Vec<Command> {
    let Order { build, from, environment, address, .. } = *job.order;
    // One name for all builds of an image: the store keeps layers, not every result.
    let name = Digest::of(format!("{}\0{address}", from.display()).as_bytes());
    let name = format!("localhost/lifeboat:{}", &name.hex()[..32]);
    let several = build.platforms.len() > 1;
    let words = ["build", "--layers", "--force-rm", "--timestamp", "0", "--identity-label=false"];
    let mut first = command("buildah", &words);
    // Its own word for the time says the same, and newer versions refuse two.
    first.env_remove("SOURCE_DATE_EPOCH");
    if !environment.contains_key("BUILDAH_ISOLATION") {
        // The only isolation that works within containers, too.
        first.args(["--isolation", "chroot"]);
    }
    first.args([if several { "--manifest" } else { "--tag" }, &name]);
    if let Some(ignore) = context::ignore_file(build, from) {
        first.arg("--ignorefile").arg(from.join(ignore));
    }
    shared(&mut first, job);
    let folder = from.join(&build.context);
    first.arg(if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder });
    let layout = format!("oci:{}:built", job.layout.display());
    let push = if several {
        command("buildah", &["manifest", "push", "--all", &name, &layout])
    } else {
        command("buildah", &["push", "--format", "oci", &name, &layout])
    };
    let mut commands = vec![first, push];
    if several {
        // A manifest list of the same name would be added to.
        commands.insert(0, command("sh", &["-c", "buildah manifest rm \"$0\" || true", &name]));
    }
    commands
}
