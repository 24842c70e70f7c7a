//! One blob on its way to all who miss it, again and again until each has it or refuses it.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use lifeboat_contract::Digest;
use reqwest::{Response, StatusCode};

use super::copy::Goal;
use super::gate::Pass;
use super::neighbour::Neighbours;
use super::plan::Origin;
use super::session::{Begun, Session};
use super::upload::{End, Parcel};
use super::{Client, Event, Moved, RegistryError};
use crate::manifest::Descriptor;

/// How often a blob is begun or gone on with after cuts without any progress.
const CUTS_MAX: u32 = 5;
/// The first pause after a cut; each further one is twice as long.
const PAUSE_FIRST: Duration = Duration::from_millis(50);

/// What one registry has answered to a blob until now.
struct Try<'a> {
    session: Session<'a>,
    authorised: bool,
    waits: usize,
    cuts: u32,
}

impl Client {
    /// Brings a blob to all goals that lack it. What fails at one goal is noted there.
    ///
    /// # Errors
    /// When the source fails.
    pub(super) async fn push_blob(
        &self,
        from: &Origin<'_>,
        goals: &[&Goal<'_>],
        blob: &Descriptor,
    ) -> Result<(), RegistryError> {
        let digest = blob.digest().map_err(|source| from.broken(source))?;
        let asked = join_all(goals.iter().map(|goal| self.has_blob(&goal.remote, &digest))).await;
        let mut missing = Vec::new();
        for (goal, has) in goals.iter().zip(asked) {
            match has {
                Ok(false) => missing.push(*goal),
                Ok(true) => self.note_present(goal, &digest, blob.size),
                Err(error) => goal.fail(error),
            }
        }
        if missing.is_empty() || (blob.may_be_absent() && !self.offers(from, &digest).await?) {
            return Ok(());
        }
        let _passes = self.passes(&missing).await;
        let begun = join_all(
            missing.iter().map(|goal| self.begin(&goal.remote, &digest, &goal.neighbours)),
        );
        let mut open = Vec::new();
        for (goal, begun) in missing.iter().zip(begun.await) {
            match begun {
                Ok(Begun::Session(session)) => open.push((*goal, *session)),
                Ok(Begun::Mounted) => self.note_present(goal, &digest, blob.size),
                Err(error) => goal.fail(error),
            }
        }
        if open.is_empty() {
            return Ok(());
        }
        let mut parcel = Parcel::new(digest, blob.size);
        let (goals, sessions): (Vec<&Goal<'_>>, Vec<Session<'_>>) = open.into_iter().unzip();
        let ends = self.spread(from, &mut parcel, &sessions, &goals).await?;
        let rest = goals.into_iter().zip(sessions).zip(ends).map(|((goal, session), end)| {
            let tried = Try { session, authorised: false, waits: 0, cuts: 0 };
            self.see_through(from, goal, tried, end, parcel.clone())
        });
        join_all(rest).await.into_iter().collect()
    }

    /// A place within the gate of each registry that is written to, in the order of their names.
    async fn passes(&self, goals: &[&Goal<'_>]) -> Vec<Pass> {
        let by_host: BTreeMap<_, _> =
            goals.iter().map(|goal| (goal.remote.host, &goal.remote)).collect();
        let mut passes = Vec::new();
        for remote in by_host.into_values() {
            passes.push(self.shared.gates.enter(remote).await);
        }
        passes
    }

    /// Goes on with one goal until the blob is there, or will not be.
    async fn see_through<'a>(
        &self,
        from: &Origin<'_>,
        goal: &Goal<'a>,
        mut tried: Try<'a>,
        mut end: End,
        mut parcel: Parcel,
    ) -> Result<(), RegistryError> {
        loop {
            let next = match end {
                End::Answered(response) if response.status().is_success() => {
                    self.note_moved(goal, &parcel.digest, parcel.size);
                    return Ok(());
                }
                End::Answered(response) => self.after_refusal(goal, tried, response, &parcel).await,
                End::Cut(error) => self.after_cut(goal, tried, error, &parcel).await,
                End::Failed(error) => Err(error),
            };
            match next {
                Ok(Some(next)) => tried = next,
                Ok(None) => return Ok(()),
                Err(error) => {
                    goal.fail(error);
                    return Ok(());
                }
            }
            let sessions = std::slice::from_ref(&tried.session);
            let ends = self.spread(from, &mut parcel, sessions, &[goal]).await?;
            let Some(only) = ends.into_iter().next() else { return Ok(()) };
            end = only;
        }
    }

    async fn after_refusal<'a>(
        &self,
        goal: &Goal<'a>,
        tried: Try<'a>,
        response: Response,
        parcel: &Parcel,
    ) -> Result<Option<Try<'a>>, RegistryError> {
        let Try { session, mut authorised, mut waits, cuts } = tried;
        let status = response.status();
        // A registry that does not go on with what it has may still take the whole.
        let was_resumed = session.at > 0 && status.is_client_error();
        if status == StatusCode::UNAUTHORIZED && !authorised {
            authorised = true;
            let ask = &session.ask;
            self.authorise(&ask.remote, response.headers(), &ask.what).await?;
        } else if let Some(pause) = goal.remote.pause(&response, waits) {
            waits += 1;
            self.shared.gates.was_refused(&goal.remote, pause);
            drop(response);
            tokio::time::sleep(pause).await;
        } else if !was_resumed || cuts >= CUTS_MAX {
            return Err(self.refusal(&session.ask, response).await);
        }
        let begun = self.begin_anew(goal, &parcel.digest, parcel.size).await?;
        Ok(begun.map(|session| Try { session, authorised, waits, cuts }))
    }

    /// What was sent before a cut may be there whole, in part, or not at all.
    async fn after_cut<'a>(
        &self,
        goal: &Goal<'a>,
        tried: Try<'a>,
        error: RegistryError,
        parcel: &Parcel,
    ) -> Result<Option<Try<'a>>, RegistryError> {
        let Try { session, authorised, waits, cuts } = tried;
        if cuts >= CUTS_MAX {
            return Err(error);
        }
        tokio::time::sleep(PAUSE_FIRST * (1 << cuts)).await;
        if self.has_blob(&goal.remote, &parcel.digest).await? {
            self.note_moved(goal, &parcel.digest, parcel.size);
            return Ok(None);
        }
        let before = session.at;
        if let Some(session) = self.resume(session).await.filter(|next| next.at <= parcel.size) {
            let cuts = if session.at > before { 0 } else { cuts + 1 };
            return Ok(Some(Try { session, authorised, waits, cuts }));
        }
        let begun = self.begin_anew(goal, &parcel.digest, parcel.size).await?;
        Ok(begun.map(|session| Try { session, authorised, waits, cuts: cuts + 1 }))
    }

    async fn begin_anew<'a>(
        &self,
        goal: &Goal<'a>,
        digest: &Digest,
        bytes: u64,
    ) -> Result<Option<Session<'a>>, RegistryError> {
        match self.begin(&goal.remote, digest, &Neighbours::new(Vec::new())).await? {
            Begun::Session(session) => Ok(Some(*session)),
            Begun::Mounted => {
                self.note_present(goal, digest, bytes);
                Ok(None)
            }
        }
    }

    fn note_present(&self, goal: &Goal<'_>, blob: &Digest, bytes: u64) {
        self.tell(&Event::Present { to: goal.repository, blob, bytes });
    }

    pub(super) fn note_moved(&self, goal: &Goal<'_>, blob: &Digest, bytes: u64) {
        goal.count(Moved { blobs: 1, bytes });
        self.tell(&Event::Moved { to: goal.repository, blob, bytes });
    }

    pub(super) fn tell(&self, event: &Event<'_>) {
        if let Some(observer) = &self.observer {
            observer.observe(*event);
        }
    }
}
