//! Copies of images, which other tools read and make too.

use std::process::Command;

use lifeboat_contract::conformance::Image;
use lifeboat_contract::{Key, Object, Provider, ProviderError};
use lifeboat_oci::Layout;

use crate::fixture::{
    Folder, batch, create, delete, image, image_copy, read, repository, run, scope, write,
};

fn skopeo(arguments: &[&str]) -> String {
    let output = match Command::new("skopeo").args(arguments).output() {
        Ok(output) => output,
        Err(error) => {
            unreachable!("this test needs `skopeo` of the package `skopeo`: {error}")
        }
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "skopeo {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn layout(folder: &Folder, location: &str) -> String {
    folder.cloud().join(format!("regions/{location}/shop/web/_layout")).display().to_string()
}

fn copies(folder: &Folder) -> Vec<Object> {
    let objects = read(&folder.local(), &scope(&[], &["eu-west-1", "us-east-1"]));
    objects.into_iter().filter(|object| matches!(object.key, Key::ImageCopy { .. })).collect()
}

fn with_repositories(keep_last: Option<u32>) -> Folder {
    let folder = Folder::new();
    for location in ["eu-west-1", "us-east-1"] {
        write(&folder.local(), vec![create(repository(location, "shop/web", keep_last))]);
    }
    folder
}

fn copy(folder: &Folder, image: &Image, tag: &str) -> u64 {
    let batch = batch(vec![image_copy("eu-west-1", "shop/web", image, tag)]);
    run(folder.local().commit(&batch)).unwrap().bytes
}

#[test]
fn skopeo_finds_the_same_digest_in_every_region() {
    let folder = with_repositories(None);
    let image = image(folder.path(), "image");
    for location in ["eu-west-1", "us-east-1"] {
        write(&folder.local(), vec![image_copy(location, "shop/web", &image, "lb-1")]);
        let at = format!("oci:{}:lb-1", layout(&folder, location));
        let digest = skopeo(&["inspect", "--format", "{{.Digest}}", &at]);
        assert_eq!(digest, image.digest.as_str());
    }
    assert_eq!(copies(&folder).len(), 2);
}

#[test]
fn only_what_is_missing_is_moved() {
    let folder = with_repositories(None);
    let [one, two] = ["one", "two"].map(|name| image(folder.path(), name));
    let first = copy(&folder, &one, "lb-1");
    let second = copy(&folder, &two, "lb-2");
    assert!(first > second && second > 0, "a layer is shared: {first}, {second}");
    let found = copies(&folder).remove(0);
    write(&folder.local(), vec![delete(&found)]);
    let Key::ImageCopy { digest, .. } = &found.key else { unreachable!("{found:?}") };
    let again = if *digest == one.digest { &one } else { &two };
    assert!(copy(&folder, again, "lb-3") < first);
}

#[test]
fn tags_of_others_stay_theirs() {
    let folder = with_repositories(None);
    let image = image(folder.path(), "image");
    copy(&folder, &image, "lb-1");
    let at = layout(&folder, "eu-west-1");
    let (ours, theirs) = (format!("oci:{at}:lb-1"), format!("oci:{at}:prod"));
    skopeo(&["copy", "--preserve-digests", &ours, &theirs]);
    let found = copies(&folder).remove(0);
    assert!(found.mark.is_some(), "another tool's tag takes no mark away: {found:?}");
    write(&folder.local(), vec![delete(&found)]);
    let left = copies(&folder).remove(0);
    assert!(left.mark.is_none(), "{left:?}");
    assert_eq!(Layout::open(&at).unwrap().resolve(Some("prod")).unwrap(), image.digest);
    write(&folder.local(), vec![delete(&left)]);
    assert!(copies(&folder).is_empty());
    assert_eq!(std::fs::read_dir(format!("{at}/blobs/sha256")).unwrap().count(), 0);
}

#[test]
fn the_oldest_of_ours_expire() {
    let folder = with_repositories(Some(2));
    let images: Vec<Image> =
        (0..4).map(|count| image(folder.path(), &format!("image{count}"))).collect();
    let foreign = Layout::create(layout(&folder, "eu-west-1")).unwrap();
    foreign
        .import(&Layout::open(folder.path().join("image0")).unwrap(), &images[0].digest)
        .unwrap();
    foreign.tag(&images[0].digest, "theirs").unwrap();
    for (count, image) in images.iter().enumerate().skip(1) {
        copy(&folder, image, &format!("lb-{count}"));
    }
    let mut tags: Vec<String> = Vec::new();
    for entry in foreign.index().unwrap().entries {
        tags.extend(entry.tag().map(str::to_owned));
    }
    assert_eq!(tags, ["theirs", "lb-2", "lb-3"]);
    assert!(foreign.blob_size(&images[1].digest).unwrap().is_none(), "its content is gone too");
}

#[test]
fn an_immutable_tag_stays() {
    let folder = Folder::new();
    let (key, mut spec) = repository("eu-west-1", "shop/web", None);
    if let lifeboat_contract::Spec::Repository(repository) = &mut spec {
        repository.immutable = true;
    }
    write(&folder.local(), vec![create((key, spec))]);
    let [one, two] = ["one", "two"].map(|name| image(folder.path(), name));
    copy(&folder, &one, "lb-1");
    let batch = batch(vec![image_copy("eu-west-1", "shop/web", &two, "lb-1")]);
    let error = run(folder.local().commit(&batch)).unwrap_err();
    assert!(matches!(error, ProviderError::Refused { .. }), "{error:?}");
    assert_eq!(copies(&folder).len(), 1);
}

#[test]
fn a_source_that_is_not_what_it_says_leaves_nothing() {
    let folder = with_repositories(None);
    let image = image(folder.path(), "image");
    let blobs = folder.path().join("image/blobs/sha256");
    for entry in std::fs::read_dir(blobs).unwrap() {
        let path = entry.unwrap().path();
        let whole = std::fs::read(&path).unwrap();
        for bad in [None, Some(&whole[1..])] {
            match bad {
                Some(bytes) => std::fs::write(&path, bytes).unwrap(),
                None => std::fs::remove_file(&path).unwrap(),
            }
            let batch = batch(vec![image_copy("eu-west-1", "shop/web", &image, "lb-1")]);
            let error = run(folder.local().commit(&batch)).unwrap_err();
            assert!(matches!(error, ProviderError::Broken { .. }), "{error:?}");
            assert!(copies(&folder).is_empty());
            std::fs::write(&path, &whole).unwrap();
        }
        // What is there already is not asked for again, so each part gets its turn alone.
        let target = layout(&folder, "eu-west-1");
        std::fs::remove_dir_all(target).unwrap();
    }
    copy(&folder, &image, "lb-1");
}
