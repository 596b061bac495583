//! `render -o`: a folder that a gateway has mounted or watches, as whoever reads it sees it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::render::served;
use crate::world::World;

/// Returns every file that readers of a folder find, with its bytes: through links, and without names that begin with a dot.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with('.') {
            continue;
        }
        if entry.path().is_dir() {
            found.extend(
                files(&entry.path())
                    .into_iter()
                    .map(|(path, bytes)| (format!("{name}/{path}"), bytes)),
            );
        } else {
            found.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    found
}

/// Returns every name in a folder, sorted; each generation is called `generation`.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| match name.strip_prefix("..envctl-") {
            Some(_) => "generation".to_owned(),
            None => name,
        })
        .collect();
    names.sort_unstable();
    names
}

/// Renders an environment into a folder.
fn deliver(world: &World, environment: &str, folder: &Path) {
    world.done(&["render", environment, "-o", folder.to_str().unwrap()]);
}

/// What a folder holds that staging was delivered into.
const DELIVERED: [&str; 5] = [
    "..data",
    "gateway.toml",
    "generation",
    "manifest.json",
    "prompts",
];

/// What envctl put into a folder before it used links: the files themselves.
fn deliver_files(world: &World, environment: &str, folder: &Path) {
    let elsewhere = world.path("elsewhere");
    deliver(world, environment, &elsewhere);
    for (path, bytes) in files(&elsewhere) {
        fs::create_dir_all(folder.join(&path).parent().unwrap()).unwrap();
        fs::write(folder.join(path), bytes).unwrap();
    }
    fs::remove_dir_all(elsewhere).unwrap();
}

#[test]
fn a_folder_holds_the_prompts_and_a_manifest() {
    let world = served();
    let out = world.path("out");
    let to = out.to_str().unwrap();
    world
        .done(&["render", "staging", "-o", to])
        .says(&["3 files, written"]);
    let there = files(&out);
    assert_eq!(
        there.keys().collect::<Vec<_>>(),
        ["gateway.toml", "manifest.json", "prompts/router/2.md"]
    );
    assert_eq!(
        there["gateway.toml"],
        world.done(&["render", "staging"]).stdout.into_bytes()
    );
    assert_eq!(there["prompts/router/2.md"], b"Route better\n");
    let manifest: serde_json::Value = serde_json::from_slice(&there["manifest.json"]).unwrap();
    assert_eq!(
        (&manifest["environment"], &manifest["commit"]),
        (&"staging".into(), &world.head().into())
    );
    for (path, digest) in manifest["files"].as_object().unwrap() {
        assert_eq!(
            *digest,
            world.git(&[
                "hash-object",
                "--no-filters",
                out.join(path).to_str().unwrap()
            ]),
            "{path}"
        );
    }
    world
        .done(&["render", "staging", "-o", to])
        .says(&["unchanged"]);
    assert_eq!(files(&out), there);
    world
        .done(&["render", "prod", "-o", to])
        .says(&["replaced"]);
    assert_eq!(
        files(&out).keys().collect::<Vec<_>>(),
        ["gateway.toml", "manifest.json", "prompts/router/1.md"]
    );
    assert_eq!(names(&out), DELIVERED, "one generation is left");
    assert_eq!(
        fs::read_dir(world.path(".")).unwrap().count(),
        3,
        "nothing is left beside it"
    );
}

#[test]
fn what_is_not_an_earlier_render_is_not_replaced() {
    let world = served();
    let out = world.path("out");
    let to = out.to_str().unwrap();
    world.done(&["render", "prod", "-o", to]);
    let refused = || {
        assert_eq!(
            world.json(1, &["render", "staging", "-o", to])["error"]["code"],
            "foreign-folder"
        );
    };
    fs::write(out.join("prompts/router/mine.md"), "mine").unwrap();
    refused();
    assert_eq!(
        fs::read_to_string(out.join("prompts/router/mine.md")).unwrap(),
        "mine"
    );
    fs::remove_file(out.join("prompts/router/mine.md")).unwrap();
    fs::write(
        out.join("manifest.json"),
        "{\"schema\": \"another/v1\", \"files\": {}}",
    )
    .unwrap();
    refused();
    fs::remove_dir_all(&out).unwrap();
    std::os::unix::fs::symlink("elsewhere", &out).unwrap();
    world.refused(1, &["render", "staging", "-o", to]);
    fs::remove_file(&out).unwrap();
    std::os::unix::fs::symlink(world.repo(), &out).unwrap();
    refused();
    assert_eq!(
        world.json(1, &["render", "staging", "-o", &format!("{to}/")])["error"]["code"],
        "foreign-folder"
    );
    fs::remove_file(&out).unwrap();
    fs::write(&out, "a file").unwrap();
    refused();
    fs::remove_file(&out).unwrap();
    fs::create_dir(&out).unwrap();
    world
        .done(&["render", "staging", "-o", to])
        .says(&["written"]);
    for folder in [".", "prompts", "/"] {
        world.refused(1, &["render", "staging", "-o", folder]);
    }
}

/// Whoever looks while it is replaced finds the one or the other, whole.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_is_watched_is_never_half() {
    let world = served();
    let out = world.path("out");
    let to = out.to_str().unwrap();
    let [prod, staging] = ["prod", "staging"].map(|slug| world.done(&["render", slug]).stdout);
    world.done(&["render", "prod", "-o", to]);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut seen = 0;
            while !stop.load(Ordering::Relaxed) {
                let text = fs::read_to_string(out.join("gateway.toml")).unwrap();
                assert!(text == prod || text == staging, "{text}");
                seen += 1;
            }
            seen
        });
        for slug in ["staging", "prod"].repeat(10) {
            world.done(&["render", slug, "-o", to]);
        }
        stop.store(true, Ordering::Relaxed);
        assert!(watcher.join().unwrap() > 0);
    });
}

#[test]
fn the_folder_stays_and_its_content_changes() {
    use std::os::unix::fs::MetadataExt;
    let world = served();
    let out = world.path("out");
    fs::create_dir(&out).unwrap();
    let inode = |path: &Path| fs::metadata(path).unwrap().ino();
    let (folder, opened) = (inode(&out), fs::File::open(&out).unwrap());
    for environment in ["staging", "prod"] {
        deliver(&world, environment, &out);
        assert_eq!(inode(&out), folder);
        assert_eq!(names(&out), DELIVERED);
    }
    // Whoever opened the folder before finds the new content in it.
    let descriptor = std::os::fd::AsRawFd::as_raw_fd(&opened);
    let text = fs::read_to_string(format!("/proc/self/fd/{descriptor}/gateway.toml"));
    if let Ok(text) = text {
        assert_eq!(text, world.done(&["render", "prod"]).stdout);
    }
}

/// The folder may be reached by a link, as `current` often is one.
#[test]
fn a_link_to_a_folder_is_followed_and_stays() {
    let world = served();
    let (out, link) = (world.path("out"), world.path("link"));
    fs::create_dir(&out).unwrap();
    std::os::unix::fs::symlink("out", &link).unwrap();
    deliver(&world, "staging", &link);
    assert_eq!(names(&out), DELIVERED);
    assert_eq!(fs::read_link(&link).unwrap(), Path::new("out"));
}

#[test]
fn what_killed_runs_left_is_removed() {
    let world = served();
    let out = world.path("out");
    deliver(&world, "staging", &out);
    // Once with something to deliver, and once when nothing has changed.
    for _ in 0..2 {
        for number in 0..100 {
            let generation = out.join(format!("..envctl-{number}"));
            fs::create_dir_all(generation.join("prompts")).unwrap();
            fs::write(generation.join("gateway.toml"), "half").unwrap();
        }
        fs::write(out.join("..envctl-file"), "half").unwrap();
        std::os::unix::fs::symlink("..data", out.join("..envctl-link")).unwrap();
        deliver(&world, "prod", &out);
        assert_eq!(names(&out), DELIVERED);
    }
}

/// A run may be killed before anything was ever delivered.
#[test]
fn leftovers_alone_are_an_empty_folder() {
    let world = served();
    let out = world.path("out");
    fs::create_dir_all(out.join("..envctl-1/prompts")).unwrap();
    std::os::unix::fs::symlink("..data/gateway.toml", out.join("gateway.toml")).unwrap();
    fs::create_dir(out.join("lost+found")).unwrap();
    let to = out.to_str().unwrap();
    let answer = world.json(0, &["render", "staging", "-o", to]);
    assert_eq!(answer["output"]["changed"], true);
    fs::remove_dir(out.join("lost+found")).unwrap();
    assert_eq!(names(&out), DELIVERED);
}

#[test]
fn a_lost_link_comes_back_and_one_too_many_goes() {
    let world = served();
    let out = world.path("out");
    deliver(&world, "staging", &out);
    let before = files(&out);
    fs::remove_file(out.join("prompts")).unwrap();
    std::os::unix::fs::symlink("..data/gateway.json", out.join("gateway.json")).unwrap();
    deliver(&world, "staging", &out);
    assert_eq!(names(&out), DELIVERED);
    assert_eq!(files(&out), before);
}

#[test]
fn what_no_delivery_put_into_the_folder_stops_it() {
    let world = served();
    let out = world.path("out");
    let to = out.to_str().unwrap();
    deliver(&world, "prod", &out);
    let generation = fs::read_link(out.join("..data")).unwrap();
    let link = |to: &str, at: &str| std::os::unix::fs::symlink(to, out.join(at)).unwrap();
    let refused = |what: &str| {
        let before = names(&out);
        let answer = world.json(1, &["render", "staging", "-o", to]);
        assert_eq!(answer["error"]["code"], "foreign-folder", "{what}");
        assert_eq!(names(&out), before, "{what}");
    };
    for (name, target) in [
        ("mine", "/etc"),
        ("mine", "..data/other"),
        ("mine", "gateway.toml"),
    ] {
        link(target, name);
        refused(target);
        fs::remove_file(out.join(name)).unwrap();
    }
    fs::write(out.join("..data/mine.toml"), "").unwrap();
    refused("a file in the generation");
    fs::remove_file(out.join("..data/mine.toml")).unwrap();
    fs::remove_file(out.join("..data")).unwrap();
    link("/etc", "..data");
    refused("another link called ..data");
    fs::remove_file(out.join("..data")).unwrap();
    link(generation.to_str().unwrap(), "..data");
    deliver(&world, "staging", &out);
}

/// Folders that an earlier envctl wrote hold the files themselves.
#[test]
fn files_in_the_folder_itself_become_links_without_a_moment_between() {
    let world = served();
    let out = world.path("out");
    let to = out.to_str().unwrap();
    let [prod, staging] = ["prod", "staging"].map(|slug| world.done(&["render", slug]).stdout);
    for _ in 0..10 {
        let _ = fs::remove_dir_all(&out);
        fs::create_dir(&out).unwrap();
        deliver_files(&world, "prod", &out);
        let before = files(&out);
        // The same content needs no other form.
        world
            .done(&["render", "prod", "-o", to])
            .says(&["unchanged"]);
        assert_eq!(names(&out), ["gateway.toml", "manifest.json", "prompts"]);
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let text = fs::read_to_string(out.join("gateway.toml")).unwrap();
                    assert!(text == prod || text == staging, "{text}");
                    assert!(out.join("prompts/router").is_dir());
                }
            });
            deliver(&world, "staging", &out);
            stop.store(true, Ordering::Relaxed);
        });
        assert_eq!(names(&out), DELIVERED);
        deliver(&world, "prod", &out);
        assert_eq!(files(&out), before);
    }
}

#[test]
fn deliveries_into_one_folder_wait_for_each_other() {
    let world = served();
    let out = world.path("out");
    let to = out.to_str().unwrap();
    std::thread::scope(|scope| {
        for slug in ["staging", "prod", "staging", "prod"] {
            let world = &world;
            scope.spawn(move || {
                for _ in 0..5 {
                    world.done(&["render", slug, "-o", to]);
                }
            });
        }
    });
    assert_eq!(names(&out), DELIVERED);
}
