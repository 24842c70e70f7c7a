//! A registry in memory, for what a real one cannot be made to do.

use std::collections::BTreeMap;
use std::sync::Mutex;

use lifeboat_contract::Digest;

use crate::server::{Answer, Request, Stub, ok, status};

/// Content by digest, tags by name. Takes uploads as Amazon's registry does: a relative place to
/// send them to, and no place for a manifest.
#[derive(Default)]
pub(crate) struct Fake {
    content: BTreeMap<String, Vec<u8>>,
    tags: BTreeMap<String, String>,
    /// How many uploads were opened, and what came of those that were cut.
    uploads: usize,
    begun: BTreeMap<String, Vec<u8>>,
}

impl Fake {
    /// Starts one. What `quirk` answers, it answers in place of the registry.
    pub(crate) fn start(quirk: impl Fn(&Request) -> Option<Answer> + Send + 'static) -> Stub {
        let fake = Mutex::new(Self::default());
        Stub::start(move |request| {
            quirk(request).unwrap_or_else(|| fake.lock().unwrap().answer(request))
        })
    }

    fn answer(&mut self, request: &Request) -> Answer {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let (folder, name) = path.rsplit_once('/').unwrap();
        let is_manifest = folder.ends_with("/manifests");
        match request.method.as_str() {
            "POST" => {
                self.uploads += 1;
                let headers = vec![("location", format!("/upload/{}?state=x%2Fy", self.uploads))];
                Answer { headers, ..status("202 Accepted") }
            }
            "GET" if folder.ends_with("/upload") => match self.begun.get(name) {
                Some(begun) => {
                    let headers = vec![
                        ("range", format!("0-{}", begun.len() - 1)),
                        ("location", format!("/upload/{name}?state=x%2Fy")),
                    ];
                    Answer { headers, ..status("204 No Content") }
                }
                None => status("404 Not Found"),
            },
            "PUT" => {
                let mut body = self.begun.remove(name).unwrap_or_default();
                if !request.headers.contains_key("content-range") {
                    body.clear();
                }
                body.extend(&request.body);
                if request.headers["content-length"] != request.body.len().to_string() {
                    self.begun.insert(name.to_owned(), body);
                    return status("400 Bad Request");
                }
                let found = Digest::of(&body).to_string();
                let wanted = query.rsplit("digest=").next().unwrap().replace("%3A", ":");
                if is_manifest && !name.starts_with("sha256:") {
                    self.tags.insert(name.to_owned(), found.clone());
                } else if found != if is_manifest { name } else { wanted.as_str() } {
                    return status("400 Bad Request");
                }
                self.content.insert(found, body);
                status("201 Created")
            }
            method => {
                let digest = self.tags.get(name).map_or(name, String::as_str);
                let Some(content) = self.content.get(digest) else {
                    return status("404 Not Found");
                };
                let headers = vec![("docker-content-digest", digest.to_owned())];
                if method == "HEAD" {
                    return Answer { headers, ..status("200 OK") };
                }
                Answer { headers, ..ok(content) }
            }
        }
    }
}

/// Answers the first `times` requests that fit with `answer`.
pub(crate) fn first(
    times: usize,
    fits: impl Fn(&Request) -> bool + Send + 'static,
    answer: impl Fn() -> Answer + Send + 'static,
) -> impl Fn(&Request) -> Option<Answer> + Send + 'static {
    let left = Mutex::new(times);
    move |request| {
        let mut left = left.lock().unwrap();
        if *left == 0 || !fits(request) {
            return None;
        }
        *left -= 1;
        Some(answer())
    }
}
