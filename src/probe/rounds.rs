//! Round after round: each candidate is pulled, unpacked, started and asked.

use std::collections::BTreeMap;
use std::time::Duration;

use super::runtime::{self, Runtime};
use super::{Candidate, Course, Measured, Origin, Phase, Ranking, Run, ask, pull, rank};

/// Where the runtime keeps its things, in the folder of a measurement.
const RUNTIME: &str = "runtime";

/// See [`super::measure`].
pub(super) async fn measure(
    candidates: &[Candidate],
    origin: &Origin,
    course: &Course<'_>,
    tell: &(dyn Fn(&str) + Sync),
) -> Result<Ranking, String> {
    let measured = tokio::select! {
        measured = offered(candidates, origin, course, tell) => measured,
        _asked = tokio::signal::ctrl_c() => Err("it was interrupted".to_owned()),
    };
    runtime::sweep(&course.work.join(RUNTIME)).await;
    let (runtime, all, nulls) = measured?;
    let baseline = rank::estimate(&nulls);
    let placed = rank::place(all, baseline.map(|baseline| baseline.median));
    Ok(Ranking { runtime, baseline, placed })
}

/// Puts the candidates where they are pulled from, and measures them; says what starts them.
async fn offered(
    candidates: &[Candidate],
    origin: &Origin,
    course: &Course<'_>,
    tell: &(dyn Fn(&str) + Sync),
) -> Result<(Result<String, String>, Vec<Measured>, Vec<Duration>), String> {
    tell(&format!("Putting {} candidates into {}.", candidates.len(), pull::shown(origin)));
    pull::offer(candidates, origin, course).await?;
    let runtime = match course.health {
        None => Err("the `build` block has no `health` to ask for".to_owned()),
        Some(health) if ask::is_taken(health).await => {
            Err(format!("something on this machine listens on port {} already", health.port))
        }
        Some(health) => Runtime::find(&course.work.join(RUNTIME), health).await,
    };
    let (all, nulls) = rounds(candidates, origin, course, runtime.as_ref().ok(), tell).await;
    Ok((runtime.map(|runtime| runtime.shown()), all, nulls))
}

/// What the rounds tell of each candidate, and of the program that does nothing.
async fn rounds(
    candidates: &[Candidate],
    origin: &Origin,
    course: &Course<'_>,
    runtime: Option<&Runtime>,
    tell: &(dyn Fn(&str) + Sync),
) -> (Vec<Measured>, Vec<Duration>) {
    let (mut all, mut nulls) = (Vec::new(), Vec::new());
    for candidate in candidates {
        all.push(Measured {
            name: candidate.name.clone(),
            digest: candidate.content.digest.clone(),
            bytes: 0,
            layers: 0,
            runs: Vec::new(),
            failed: None,
        });
    }
    let mut loaded = BTreeMap::new();
    for round in 0..=course.runs {
        tell(&match round {
            0 => "Warming up.".to_owned(),
            round => format!("Run {round} of {}.", course.runs),
        });
        if let (Some(runtime), Some(health)) = (runtime, course.health) {
            nulls.extend(runtime.null(health).await.ok().filter(|_| round > 0));
        }
        // Another one is the first of each round.
        let first = round as usize % candidates.len().max(1);
        for at in (first..candidates.len()).chain(0..first) {
            let (candidate, measured) = (&candidates[at], &mut all[at]);
            if measured.failed.is_some() {
                continue;
            }
            match one(candidate, measured, origin, course, runtime, &mut loaded).await {
                Ok(run) => measured.runs.extend(Some(run).filter(|_| round > 0)),
                Err(why) => measured.failed = Some(why),
            }
        }
    }
    (all, nulls)
}

/// One run, and how many bytes and layers were pulled.
async fn one(
    candidate: &Candidate,
    measured: &mut Measured,
    origin: &Origin,
    course: &Course<'_>,
    runtime: Option<&Runtime>,
    loaded: &mut BTreeMap<String, String>,
) -> Result<Run, String> {
    let folder = course.work.join("pull");
    let pulled = pull::pull(&candidate.content.digest, origin, course.logins, &folder).await;
    let removed = std::fs::remove_dir_all(&folder);
    let (mut phases, (bytes, layers)) = pulled?;
    (measured.bytes, measured.layers) = (bytes, layers);
    removed.map_err(|why| format!("`{}` cannot be removed: {why}", folder.display()))?;
    let (Some(runtime), Some(health)) = (runtime, course.health) else {
        return Ok(Run { phases, requests: Vec::new() });
    };
    let image = match loaded.get(&candidate.name) {
        Some(image) => image.clone(),
        None => {
            let layout = pull::layout_of(candidate, course)?;
            let image = runtime.load(&layout).await?;
            loaded.insert(candidate.name.clone(), image.clone());
            image
        }
    };
    let (start, requests) = runtime.start(&image, health, course.requests).await?;
    phases.insert(Phase::Start, start);
    Ok(Run { phases, requests })
}
