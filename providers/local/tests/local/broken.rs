//! Folders that are broken, newer, or edited without care: told, never taken for something else.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use lifeboat_contract::{Provider, ProviderError};

use crate::fixture::{
    Folder, check, create, image_copy, plain, read, repository, run, scope, write, zone,
};

/// A folder with something of every kind.
fn full() -> Folder {
    let folder = Folder::new();
    let local = folder.local();
    let image = crate::fixture::image(folder.path(), "image");
    write(&local, vec![create(zone("example.com"))]);
    write(&local, vec![create(check("web"))]);
    write(&local, vec![create(plain("example.com", "www.example.com", "192.0.2.1"))]);
    write(&local, vec![create(repository("eu-west-1", "shop/web", None))]);
    write(&local, vec![image_copy("eu-west-1", "shop/web", &image, "lb-1")]);
    folder
}

fn paths(folder: &Folder) -> Vec<PathBuf> {
    let repository = "regions/eu-west-1/shop/web";
    [
        "cloud.json",
        "zones/example.com.json",
        "health_checks.json",
        &format!("{repository}/_repository.json"),
        &format!("{repository}/_layout/index.json"),
        &format!("{repository}/_layout/oci-layout"),
    ]
    .map(|path| folder.cloud().join(path))
    .to_vec()
}

/// What is said of the folder, with all that is behind it.
fn complaint(folder: &Folder) -> String {
    let scope = scope(&["example.com"], &["eu-west-1"]);
    let error = match run(folder.local().observe(&scope)) {
        Err(error @ ProviderError::Broken { .. }) => error,
        other => unreachable!("the folder is broken, but {other:?}"),
    };
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

#[test]
fn every_file_cut_at_every_byte_is_an_error() {
    let folder = full();
    let whole = read(&folder.local(), &scope(&["example.com"], &["eu-west-1"]));
    assert_eq!(whole.len(), 5);
    for path in paths(&folder) {
        let bytes = fs::read(&path).unwrap();
        let content = bytes.trim_ascii_end();
        for end in 0..content.len() {
            fs::write(&path, &content[..end]).unwrap();
            let text = complaint(&folder);
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            assert!(text.contains(&file), "{text}");
        }
        fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(read(&folder.local(), &scope(&["example.com"], &["eu-west-1"])), whole);
}

#[test]
fn a_broken_file_is_not_written_over() {
    let folder = full();
    let path = folder.cloud().join("zones/example.com.json");
    fs::write(&path, "{").unwrap();
    let another = create(plain("example.com", "api.example.com", "192.0.2.2"));
    let batch = crate::fixture::batch(vec![another]);
    let error = run(folder.local().commit(&batch)).unwrap_err();
    assert!(matches!(error, ProviderError::Broken { .. }), "{error:?}");
    assert_eq!(fs::read(&path).unwrap(), b"{");
}

#[test]
fn a_newer_folder_is_left_to_a_newer_lifeboat() {
    for file in paths(&full()).iter().take(4).map(|path| path.file_name().unwrap().to_owned()) {
        let folder = full();
        let path = paths(&folder).into_iter().find(|path| path.ends_with(&file)).unwrap();
        let newer =
            fs::read_to_string(&path).unwrap().replacen("\"1.0\"", "\"2.0\", \"more\": {}", 1);
        fs::write(&path, newer).unwrap();
        let text = complaint(&folder);
        assert!(text.contains("has the format 2.0, this Lifeboat knows 1.x"), "{text}");
    }
}

#[test]
fn careless_edits_are_told_with_file_and_line() {
    let cases = [
        ("\"ttl\":60", "\"tll\":60", "line 9", "unknown field `tll`"),
        ("\"ttl\":60", "\"ttl\":-60", "line 9", "invalid value"),
        ("\"values\":[\"192.0.2.1\"],", "", "line 9", "needs either `values` or `alias`"),
        ("\"type\":\"A\"", "\"type\":\"AA\"", "line 9", "unknown variant `AA`"),
        ("www.example.com", "www..com", "line 9", "empty label"),
        ("\"ttl\":60", "\"ttl\":60,\"weight\":1", "line 9", "needs `set_identifier`"),
        ("\"name\": \"example.com\"", "\"name\": \"example.org\"", "example.com.json", "rename it"),
    ];
    for (from, to, place, why) in cases {
        let folder = full();
        let path = folder.cloud().join("zones/example.com.json");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let text = complaint(&folder);
        assert!(text.contains(place) && text.contains(why), "{to}: {text}");
    }
    let folder = full();
    let path = folder.cloud().join("zones/example.com.json");
    let text = fs::read_to_string(&path).unwrap();
    let line = text.lines().find(|line| line.contains("www.")).unwrap();
    fs::write(&path, text.replace(line, &format!("{line},\n{line}"))).unwrap();
    assert!(complaint(&folder).contains("has the record set www.example.com A twice"));
    fs::write(folder.cloud().join("zones/not a zone.json"), "").unwrap();
    fs::write(path, text).unwrap();
    assert!(complaint(&folder).contains("is named after no zone"));
}

#[test]
fn bytes_that_are_no_text_are_an_error_and_nothing_else() {
    for bytes in [&b"\xff\xfe"[..], b"\0", b"[[[[", b"null", b"{\"format_version\":{}}"] {
        for path in paths(&full()) {
            let folder = full();
            let file = path.file_name().unwrap().to_owned();
            let path = paths(&folder).into_iter().find(|path| path.ends_with(&file)).unwrap();
            fs::write(&path, bytes).unwrap();
            complaint(&folder);
        }
    }
    let folder = full();
    let deep = "[".repeat(10_000_000);
    fs::write(folder.cloud().join("zones/example.com.json"), deep).unwrap();
    complaint(&folder);
}

#[test]
fn a_dark_region_is_reported_and_the_rest_is_read() {
    let folder = full();
    let local = folder.local();
    let region = folder.cloud().join("regions/eu-west-1");
    let scope = scope(&["example.com"], &["eu-west-1"]);
    fs::write(region.join("_unreachable"), "").unwrap();
    let seen = run(local.observe(&scope)).unwrap();
    assert_eq!(seen.objects.len(), 3);
    assert_eq!(seen.unreachable.len(), 1);
    assert_eq!(seen.unreachable[0].location.as_ref().unwrap().as_str(), "eu-west-1");
    let batch = crate::fixture::batch(vec![create(repository("eu-west-1", "other", None))]);
    let error = run(local.commit(&batch)).unwrap_err();
    assert!(matches!(error, ProviderError::NoAnswer { .. }), "{error:?}");
    fs::remove_file(region.join("_unreachable")).unwrap();
    assert_eq!(run(local.observe(&scope)).unwrap().objects.len(), 5);

    // A folder that cannot be read is as dark.
    fs::rename(&region, folder.path().join("away")).unwrap();
    fs::write(&region, "").unwrap();
    let seen = run(local.observe(&scope)).unwrap();
    assert_eq!((seen.objects.len(), seen.unreachable.len()), (3, 1));
}

#[test]
fn reading_makes_nothing() {
    let folder = Folder::new();
    assert!(read(&folder.local(), &scope(&["example.com"], &["eu-west-1"])).is_empty());
    assert!(!folder.cloud().exists());
}
