//! Many at one folder.

use std::collections::BTreeSet;
use std::thread;

use lifeboat_contract::{Key, Object, Provider, ProviderError, Spec};

use crate::fixture::{
    Folder, batch, change, create, foreign_hand, image, image_copy, plain, read, repository, run,
    scope, stack, write, zone,
};

#[test]
fn writers_at_once_lose_nothing() {
    let folder = Folder::new();
    write(&folder.local(), vec![create(zone("example.com"))]);
    thread::scope(|threads| {
        for writer in 0..8 {
            let local = folder.local();
            threads.spawn(move || {
                for count in 0..20 {
                    let name = format!("w{writer}-{count}.example.com");
                    write(&local, vec![create(plain("example.com", &name, "192.0.2.1"))]);
                }
            });
        }
        let local = folder.local();
        threads.spawn(move || {
            for _ in 0..50 {
                read(&local, &scope(&["example.com"], &[]));
            }
        });
    });
    assert_eq!(read(&folder.local(), &scope(&["example.com"], &[])).len(), 161);
}

#[test]
fn of_two_who_change_the_same_one_wins() {
    let folder = Folder::new();
    let local = folder.local();
    write(&local, vec![create(zone("example.com"))]);
    write(&local, vec![create(plain("example.com", "www.example.com", "192.0.2.1"))]);
    for round in 0..20 {
        let found = read(&local, &scope(&["example.com"], &[])).pop().unwrap();
        let won: Vec<bool> = thread::scope(|threads| {
            let handles: Vec<_> = (0..4)
                .map(|writer| {
                    let (_, spec) = plain("example.com", "x", &format!("198.51.{round}.{writer}"));
                    let batch = batch(vec![change(&found, spec)]);
                    let local = folder.local();
                    threads.spawn(move || match run(local.commit(&batch)) {
                        Ok(_) => true,
                        Err(ProviderError::Stale { .. }) => false,
                        Err(other) => unreachable!("{other:?}"),
                    })
                })
                .collect();
            handles.into_iter().map(|handle| handle.join().unwrap()).collect()
        });
        assert_eq!(won.iter().filter(|won| **won).count(), 1, "round {round}: {won:?}");
    }
}

#[test]
fn copies_and_deletions_at_once_leave_whole_images() {
    let folder = Folder::new();
    let local = folder.local();
    let images: Vec<_> =
        (0..6).map(|count| image(folder.path(), &format!("image{count}"))).collect();
    write(&local, vec![create(repository("eu-west-1", "web", None))]);
    thread::scope(|threads| {
        for (count, image) in images.iter().enumerate() {
            let local = folder.local();
            threads.spawn(move || {
                let tag = format!("lb-{count}");
                for _ in 0..5 {
                    write(&local, vec![image_copy("eu-west-1", "web", image, &tag)]);
                    let objects = read(&local, &scope(&[], &["eu-west-1"]));
                    let ours = objects.iter().find(|object| {
                        matches!(&object.key, Key::ImageCopy { digest, .. } if *digest == image.digest)
                    });
                    write(&local, vec![crate::fixture::delete(ours.unwrap())]);
                }
                write(&local, vec![image_copy("eu-west-1", "web", image, &tag)]);
            });
        }
    });
    let place = folder.cloud().join("regions/eu-west-1/web/_layout");
    let layout = lifeboat_oci::Layout::open(place).unwrap();
    for image in &images {
        let contents = layout.walk(&image.digest).unwrap();
        for part in contents.parts {
            let size = layout.blob_size(&part.digest().unwrap()).unwrap();
            assert_eq!(size, Some(part.size), "{part:?}");
        }
    }
}

#[test]
fn a_stack_has_one_apply_at_a_time() {
    let folder = Folder::new();
    let (one, two) = (folder.local(), folder.local());
    let lease = one.lease(&stack()).unwrap();
    assert!(matches!(two.lease(&stack()), Err(ProviderError::Busy)));
    let _other_stack = two.lease(&"other".parse().unwrap()).unwrap();
    drop(lease);
    let _again = two.lease(&stack()).unwrap();
}

#[test]
fn what_a_stack_owns_is_found_outside_of_the_scope() {
    let folder = Folder::new();
    let local = folder.local();
    for zone_name in ["one.example", "two.example"] {
        write(&local, vec![create(zone(zone_name))]);
        let name = format!("www.{zone_name}");
        write(&local, vec![create(plain(zone_name, &name, "192.0.2.1"))]);
    }
    write(&local, vec![create(repository("eu-west-1", "web", None))]);
    let kinds = |objects: Vec<Object>| -> BTreeSet<String> {
        objects.iter().map(|object| object.key.to_string()).collect()
    };
    let all = kinds(read(&local, &scope(&["one.example"], &[])));
    assert_eq!(all.len(), 5, "{all:?}");
    // Whether an owned zone may be deleted is told by what others put there.
    let (key, spec) = plain("two.example", "theirs.two.example", "192.0.2.9");
    let theirs = Object { key, spec, mark: None, id: None, version: None };
    foreign_hand(&folder, &theirs);
    let all = kinds(read(&local, &scope(&["one.example"], &[])));
    assert!(all.contains(&theirs.key.to_string()), "{all:?}");

    let mut other = scope(&["one.example"], &[]);
    other.stack = "other".parse().unwrap();
    let seen = read(&local, &other);
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(seen.iter().any(|object| matches!(object.spec, Spec::RecordSet(_))));
}
