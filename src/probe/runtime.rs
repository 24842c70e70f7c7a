//! Starts containers by podman, in a store of its own, and waits until they are healthy.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use super::{ask, null};
use crate::intent::Health;

/// How long a container may take to be healthy.
const HEALTHY_DEADLINE: Duration = Duration::from_mins(1);
/// How long any other word to podman may take. Loading a large image is the longest.
const COMMAND_DEADLINE: Duration = Duration::from_mins(5);
/// How often a container is asked whether it is healthy.
const ASK_PAUSE: Duration = Duration::from_millis(2);
/// So much of what a container said is shown.
const SAID_LETTERS_MAX: usize = 300;

/// What containers are started with: podman's own choice first, then what also works where cgroups
/// are of two kinds, or where there is no overlay.
const WAYS: [(&str, &str); 4] =
    [("", "overlay"), ("runc", "overlay"), ("", "vfs"), ("runc", "vfs")];

/// A way to start containers that has been seen to work.
pub(super) struct Runtime {
    folder: PathBuf,
    version: String,
    /// What podman starts containers with; empty for its own choice.
    starter: &'static str,
    driver: &'static str,
    /// What is allowed to this process; podman wants more for its containers than some may grant.
    limits: Vec<String>,
    null: String,
}

impl Runtime {
    /// Finds one, by starting a container that does nothing.
    pub(super) async fn find(folder: &Path, health: &Health) -> Result<Self, String> {
        fs::create_dir_all(folder).map_err(|why| why.to_string())?;
        let folder = folder.canonicalize().map_err(|why| why.to_string())?;
        let mut asked = Command::new("podman");
        asked.arg("--version");
        let version = output(asked).await.map_err(|why| format!("no podman is at hand: {why}"))?;
        let version = version.trim().rsplit(' ').next().unwrap_or_default().to_owned();
        null::write(&folder.join("null"), health)?;
        let mut first = None;
        for number in 0..WAYS.len() {
            let mut way = Self::way(&folder, number, &version);
            match way.tried(&folder.join("null"), health).await {
                Ok(null) => {
                    way.null = null;
                    return Ok(way);
                }
                Err(why) => drop(first.get_or_insert(why)),
            }
        }
        Err(first.unwrap_or_default())
    }

    fn way(folder: &Path, number: usize, version: &str) -> Self {
        let (starter, driver) = WAYS[number];
        let (folder, version) = (folder.join(number.to_string()), version.to_owned());
        Self { folder, version, starter, driver, limits: limits(), null: String::new() }
    }

    /// Whether this way works: the image that does nothing, loaded and started.
    async fn tried(&self, layout: &Path, health: &Health) -> Result<String, String> {
        fs::create_dir_all(&self.folder).map_err(|why| why.to_string())?;
        let shown = self.folder.display();
        let store = format!(
            "[storage]\ndriver = \"{}\"\nrunroot = \"{shown}/run\"\ngraphroot = \"{shown}/graph\"\n\
             [storage.options.overlay]\nskip_mount_home = \"true\"\n",
            self.driver
        );
        fs::write(self.folder.join("storage.conf"), store).map_err(|why| why.to_string())?;
        let null = self.load(layout).await?;
        self.start(&null, health, 0).await?;
        Ok(null)
    }

    /// How containers are started, as people read it.
    pub(super) fn shown(&self) -> String {
        let with = if self.starter.is_empty() { "" } else { " with " };
        format!("podman {}{with}{}, {}", self.version, self.starter, self.driver)
    }

    fn podman(&self, words: &[&str]) -> Command {
        let mut command = Command::new("podman");
        command.env("CONTAINERS_STORAGE_CONF", self.folder.join("storage.conf"));
        command.arg("--tmpdir").arg(self.folder.join("tmp")).arg("--events-backend=none");
        if !self.starter.is_empty() {
            command.args(["--runtime", self.starter]);
        }
        // A group of its own: when the terminal interrupts us, we end it in order.
        command.args(words).process_group(0).kill_on_drop(true);
        command
    }

    /// Loads an image from its layout; the name that it then has.
    pub(super) async fn load(&self, layout: &Path) -> Result<String, String> {
        let layout = layout.canonicalize().map_err(|why| why.to_string())?;
        // Podman makes a name of the path, which not every path is good for.
        let link = self.folder.join("loaded");
        let _before = fs::remove_file(&link);
        symlink(layout, &link).map_err(|why| why.to_string())?;
        let mut pull = self.podman(&["pull", "--quiet", "oci:loaded"]);
        pull.current_dir(&self.folder);
        let told = output(pull).await?;
        Ok(told.lines().last().unwrap_or_default().trim().to_owned())
    }

    fn run(&self, image: &str, said: &File) -> Result<Child, String> {
        let mut command = self.podman(&["run", "--rm", "--pull=never", "--network=host"]);
        command.arg("--log-driver=none").args(&self.limits).arg(image);
        let same = |file: &File| file.try_clone().map_err(|why| why.to_string());
        command.stdin(Stdio::null()).stdout(same(said)?).stderr(same(said)?);
        command.spawn().map_err(|why| why.to_string())
    }

    /// How long it takes until a program answers that does nothing else.
    pub(super) async fn null(&self, health: &Health) -> Result<Duration, String> {
        Ok(self.start(&self.null, health, 0).await?.0)
    }

    /// Starts a container, waits until it is healthy, asks it so many times, and ends it.
    pub(super) async fn start(
        &self,
        image: &str,
        health: &Health,
        requests: u32,
    ) -> Result<(Duration, Vec<Duration>), String> {
        // A file, as nobody reads along: a program must not wait until its words are read.
        let path = self.folder.join("said");
        let said = File::create(&path).map_err(|why| why.to_string())?;
        let start = Instant::now();
        let mut started = self.run(image, &said)?;
        let asked = match healthy(&mut started, health, start).await {
            Ok(time) => ask::ask_all(health, requests).await.map(|times| (time, times)),
            Err(why) => Err(why),
        };
        let stopped = output(self.podman(&["rm", "--all", "--force", "--time=0"])).await;
        let ended = end(started).await;
        let stopped = stopped.and(ended).map_err(|why| format!("it cannot be stopped: {why}"));
        let said = last_line(&fs::read(&path).unwrap_or_default());
        match asked {
            Err(why) if said.is_empty() => Err(why),
            Err(why) => Err(format!("{why}: {said}")),
            Ok(asked) => stopped.map(|()| asked),
        }
    }

    /// Ends what still runs, and gives the store's folder back.
    async fn clean(&self) {
        let _stopped = output(self.podman(&["rm", "--all", "--force", "--time=0"])).await;
        let mut unmount = Command::new("umount");
        unmount.arg(self.folder.join("graph/overlay"));
        let _unmounted = output(unmount).await;
        // Rootless, files belong to users that only podman can be.
        let mut removed = self.podman(&["unshare", "rm", "-rf"]);
        removed.arg(self.folder.join("graph"));
        let _removed = output(removed).await;
        let _removed = fs::remove_dir_all(&self.folder);
    }
}

/// Ends what was started from a folder, in whatever way, and removes it.
pub(super) async fn sweep(folder: &Path) {
    let Ok(folder) = folder.canonicalize() else { return };
    for number in 0..WAYS.len() {
        let way = Runtime::way(&folder, number, "");
        if way.folder.exists() {
            way.clean().await;
        }
    }
}

/// Waits for the first healthy answer.
async fn healthy(child: &mut Child, health: &Health, start: Instant) -> Result<Duration, String> {
    loop {
        let Err(answer) = ask::ask(health).await else { return Ok(start.elapsed()) };
        if let Ok(Some(ended)) = child.try_wait() {
            return Err(format!("the container ended before it was healthy ({ended})"));
        }
        if start.elapsed() > HEALTHY_DEADLINE {
            let seconds = HEALTHY_DEADLINE.as_secs();
            return Err(format!("it was not healthy after {seconds} s ({answer})"));
        }
        sleep(ASK_PAUSE).await;
    }
}

async fn end(mut child: Child) -> Result<(), String> {
    let ended = timeout(HEALTHY_DEADLINE, child.wait()).await;
    ended.map_err(|_| "podman does not end".to_owned())?.map_err(|why| why.to_string())?;
    Ok(())
}

/// The last that a program said.
fn last_line(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let line = text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
    let plain = line.chars().filter(|c| !c.is_control());
    plain.take(SAID_LETTERS_MAX).collect()
}

/// What a command prints, or the last line of why it failed.
async fn output(mut command: Command) -> Result<String, String> {
    command.stdin(Stdio::null()).kill_on_drop(true);
    let ended = timeout(COMMAND_DEADLINE, command.output()).await;
    let output = ended.map_err(|_| "it does not answer".to_owned())?.map_err(|w| w.to_string())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(last_line(&output.stderr))
}

/// Limits that podman can grant: those of this process, as far as podman does not lower them for
/// itself.
fn limits() -> Vec<String> {
    let text = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let kinds = [("Max open files", "nofile", 1 << 20), ("Max processes", "nproc", 1 << 15)];
    let limits = kinds.into_iter().filter_map(|(name, short, most)| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        // The soft limit; what is no number is `unlimited`.
        let limit =
            line.split_whitespace().next()?.parse().map_or(most, |limit: u64| limit.min(most));
        Some(format!("--ulimit={short}={limit}:{limit}"))
    });
    limits.collect()
}
