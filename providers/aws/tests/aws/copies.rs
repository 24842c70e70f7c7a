//! Copies of images into several regions: what is read, what is sent, and what the registry has.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lifeboat_aws::{Aws, Options};
use lifeboat_aws_fake::Fake;
use lifeboat_contract::{
    Address, Batch, Depth, Digest, ImageCopy, ImageSource, Key, Mark, Provider, Receipt,
    Repository, Scope, Spec, Stack, Transfer, Wanted, Write,
};
use lifeboat_oci::registry::Credentials;
use serde_json::json;

use crate::bench::{ACCOUNT, Wire, ask, image};

const HOME: &str = "us-east-1";
const AWAY: [&str; 2] = ["eu-west-1", "ap-south-1"];

fn stack() -> Stack {
    "suite".parse().unwrap()
}

/// A stand-in on a socket.
struct Site {
    fake: Fake,
    host: String,
    folder: PathBuf,
}

impl Site {
    async fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("lifeboat-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let fake = Fake::new(ACCOUNT);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        fake.settings(|settings| {
            settings.registry = Some(format!("http://{host}"));
            settings.buckets = false;
        });
        tokio::spawn(fake.clone().serve(listener));
        Self { fake, host, folder }
    }

    /// A provider with the login of a region's registry, as Docker would keep it.
    async fn connect(&self) -> Aws {
        let got = ask(&self.fake, HOME, "GetAuthorizationToken", &json!({})).await;
        let token = got["authorizationData"][0]["authorizationToken"].as_str().unwrap();
        assert!(STANDARD.decode(token).is_ok());
        let logins = json!({ "auths": { &self.host: { "auth": token } } }).to_string();
        let options = Options {
            carrier: Some(Wire::to(&self.fake).carrier()),
            folder: self.folder.clone(),
            registries: Credentials::read(&logins).unwrap(),
            keys: Some(("AKIDTEST".to_owned(), "secret".to_owned())),
            ..Options::default()
        };
        Aws::connect(&[].into(), options).unwrap()
    }

    fn count(&self, action: &str) -> usize {
        self.fake.calls().into_iter().filter(|call| call.action == action).count()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

fn batch(key: Key, spec: Spec, source: Option<ImageSource>) -> Batch {
    let mark = Some(Mark::of(&stack(), &spec));
    let then = Some(Wanted { spec, mark, source });
    let writes = vec![Write { address: Address::block("image", "web"), key, expect: None, then }];
    Batch { stack: stack(), writes, repeated: false }
}

fn repository(at: &str, name: &str) -> Batch {
    let key = Key::Repository { location: at.parse().unwrap(), name: name.parse().unwrap() };
    batch(key, Spec::Repository(Repository::default()), None)
}

fn copy(at: &str, name: &str, digest: &Digest, source: &ImageSource) -> Batch {
    let (location, repository) = (at.parse().unwrap(), name.parse().unwrap());
    let key = Key::ImageCopy { location, repository, digest: digest.clone() };
    let spec = Spec::ImageCopy(ImageCopy { tag: "lb-1".to_owned() });
    batch(key, spec, Some(source.clone()))
}

type Told = Arc<Mutex<Vec<(usize, Transfer)>>>;

async fn copy_all(aws: &Aws, batches: &[Batch]) -> (Vec<Receipt>, Vec<(usize, Transfer)>) {
    let told = Told::default();
    let notes = Arc::clone(&told);
    let watch = Arc::new(move |at, far| notes.lock().unwrap().push((at, far)));
    let ended = aws.copy(batches, watch).await;
    let told = told.lock().unwrap().clone();
    (ended.into_iter().map(Result::unwrap).collect(), told)
}

#[tokio::test]
async fn one_read_of_the_source_does_for_all_regions() {
    let site = Site::new("once").await;
    let aws = site.connect().await;
    let web = image(&site.folder, "web");
    let wanted = |at: &str| copy(at, "shop/web", &web.digest, &web.source).writes.remove(0);
    let whole = aws.lacking(&[wanted(HOME)]).await[0].unwrap();
    assert_eq!(whole.blobs, 4, "there is no repository yet");
    for at in [HOME, AWAY[0], AWAY[1]] {
        aws.commit(&repository(at, "shop/web")).await.unwrap();
    }
    aws.commit(&copy(HOME, "shop/web", &web.digest, &web.source)).await.unwrap();
    site.fake.forget_calls();

    let source = ImageSource::Registry { repository: format!("{}/shop/web", site.host) };
    let mut batches: Vec<Batch> =
        AWAY.iter().map(|at| copy(at, "shop/web", &web.digest, &source)).collect();
    // What is there already is refused for itself, and does not keep the others back.
    batches.insert(1, copy(HOME, "shop/web", &web.digest, &source));
    let ended = aws.copy(&batches, Arc::new(|_, _| ())).await;
    assert!(ended[1].is_err(), "{ended:?}");
    let bytes: Vec<u64> = [0, 2].map(|at: usize| ended[at].as_ref().unwrap().bytes).to_vec();
    assert!(bytes[0] > 0 && bytes[0] == bytes[1], "{bytes:?}");
    assert_eq!(site.count("GetBlob"), 3, "a configuration and two layers, once");
    assert_eq!(site.count("FinishUpload"), 6, "and each into both regions");
    assert_eq!(see(&aws).await, 3);

    // Another image shares the configuration and a layer with what is there.
    let api = image(&site.folder, "api");
    let absent = ImageSource::Layout { path: "absent".to_owned() };
    let wishes = [
        copy(HOME, "shop/web", &api.digest, &api.source).writes.remove(0),
        copy(HOME, "shop/web", &Digest::of(b"absent"), &absent).writes.remove(0),
    ];
    let lacking = aws.lacking(&wishes).await;
    assert_eq!(lacking[0].map(|lack| lack.blobs), Some(2), "a layer and the manifest");
    assert_eq!(lacking[1], None);
}

#[tokio::test]
async fn an_archived_image_is_told_apart_and_so_is_what_is_newer() {
    let site = Site::new("archived").await;
    let aws = site.connect().await;
    aws.commit(&repository(HOME, "shop/web")).await.unwrap();
    let [old, new] = ["old", "new"].map(|name| image(&site.folder, name));
    for (image, tag) in [(&old, "lb-1"), (&new, "lb-2")] {
        // What comes at the same moment has no order.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        let mut batch = copy(HOME, "shop/web", &image.digest, &image.source);
        let spec = Spec::ImageCopy(ImageCopy { tag: tag.to_owned() });
        let then = batch.writes[0].then.as_mut().unwrap();
        (then.mark, then.spec) = (Some(Mark::of(&stack(), &spec)), spec);
        aws.commit(&batch).await.unwrap();
    }
    site.fake.settings(|settings| {
        settings.archived.insert(old.digest.to_string());
    });
    let seen = aws.observe(&scope()).await.unwrap();
    let state = |digest: &Digest| {
        let mut states = seen.images.iter();
        let of = states.find(|(key, _)| key.to_string().contains(digest.as_str())).unwrap();
        (of.1.archived, of.1.newer, of.1.tags.len())
    };
    assert_eq!(state(&old.digest), (true, 1, 2));
    assert_eq!(state(&new.digest), (false, 0, 2));
}

fn scope() -> Scope {
    Scope {
        stack: stack(),
        zones: [].into(),
        locations: [HOME, AWAY[0], AWAY[1]].map(|at| at.parse().unwrap()).into(),
        repositories: ["shop/web".parse().unwrap()].into(),
        checks: 0,
        depth: Depth::Plan,
    }
}

/// How many copies are there, marked and tagged.
async fn see(aws: &Aws) -> usize {
    let objects = aws.observe(&scope()).await.unwrap().objects;
    let marked = objects.iter().filter(|object| object.mark.is_some());
    marked
        .filter(|object| object.spec == Spec::ImageCopy(ImageCopy { tag: "lb-1".to_owned() }))
        .count()
}

#[tokio::test]
async fn what_another_repository_has_is_mounted_where_the_account_allows_it() {
    for (mounts, uploads) in [(true, 1), (false, 3)] {
        let site = Site::new(if mounts { "mounts" } else { "no-mounts" }).await;
        site.fake.settings(|settings| settings.mounts = mounts);
        let aws = site.connect().await;
        let [web, api] = ["web", "api"].map(|name| image(&site.folder, name));
        for name in ["shop/web", "shop/api", "shop/none"] {
            aws.commit(&repository(HOME, name)).await.unwrap();
        }
        aws.commit(&copy(HOME, "shop/web", &web.digest, &web.source)).await.unwrap();
        // What a plan reads is what is known of the registry.
        see(&aws).await;
        site.fake.forget_calls();
        let (ended, told) =
            copy_all(&aws, &[copy(HOME, "shop/api", &api.digest, &api.source)]).await;
        // The layer that both have is not sent, and the configuration is the same, too.
        assert_eq!(site.count("FinishUpload"), uploads, "mounts: {mounts}");
        let (_, last) = told.last().unwrap();
        assert_eq!((last.moved, last.bytes), (ended[0].bytes, ended[0].bytes), "{told:?}");
    }
}
