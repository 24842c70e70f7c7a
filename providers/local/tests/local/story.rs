//! What the folder looks like and who may edit it.

use std::fs;

use crate::fixture::{Folder, create, delete, plain, read, scope, write, zone};

#[test]
fn a_zone_is_a_file_that_people_read_and_edit() {
    let folder = Folder::new();
    let local = folder.local();
    write(&local, vec![create(zone("example.com"))]);
    write(&local, vec![create(plain("example.com", "www.example.com", "192.0.2.1"))]);
    let path = folder.cloud().join("zones/example.com.json");
    let text = fs::read_to_string(&path).unwrap();
    let line = text.lines().find(|line| line.contains("www.example.com")).unwrap();
    assert!(
        line.starts_with("    {\"name\":\"www.example.com\",\"type\":\"A\",\"ttl\":60"),
        "{text}"
    );

    let by_hand = "{\"name\": \"db.example.com\", \"type\": \"A\", \"ttl\": 5, \"values\": [\"192.0.2.9\"]},\n";
    fs::write(&path, text.replace("    {\"name\"", &format!("    {by_hand}    {{\"name\"")))
        .unwrap();
    let objects = read(&local, &scope(&["example.com"], &[]));
    let marked: Vec<bool> = objects.iter().map(|object| object.mark.is_some()).collect();
    assert_eq!(marked, [true, false, true], "{objects:?}");

    write(&local, vec![delete(&objects[2])]);
    let left = read(&local, &scope(&["example.com"], &[]));
    assert_eq!(left, objects[..2]);
}

#[test]
fn the_files_have_schemas() {
    let names: Vec<&str> = lifeboat_local::schemas().iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["cloud", "zone", "health_checks", "repository", "dark"]);
    for (name, schema) in lifeboat_local::schemas() {
        let text = serde_json::to_string(&schema).unwrap();
        assert!(text.contains("format_version"), "{name}: {text}");
    }
}
