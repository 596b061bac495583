//! Signatures that are made with an SSH certificate: they do not count, and everybody is told so.

use std::fs;

use crate::world::{Run, World, codes};

fn keygen(world: &World, arguments: &[&str]) {
    let run = Run::of(world.sealed("ssh-keygen", &world.path("")).args(arguments));
    assert_eq!(run.exit, 0, "{run:?}");
}

#[test]
fn a_signature_by_a_certificate_does_not_count_and_says_why() {
    let world = World::published();
    for key in ["ca", "key"] {
        keygen(&world, &["-q", "-t", "ed25519", "-N", "", "-f", key]);
    }
    keygen(
        &world,
        &["-q", "-s", "ca", "-I", "ana", "-n", "git", "key.pub"],
    );
    let text = |name: &str| fs::read_to_string(world.path(name)).unwrap();
    let grant = |key: &str| {
        world.run(&[
            "access",
            "grant",
            "ana@example.org",
            "owner",
            "--name",
            "ana",
            "--key",
            key,
        ])
    };
    // It is not listed, and the message names what is.
    let refused = grant(&text("key-cert.pub"));
    assert_eq!(refused.exit, 2, "{refused:?}");
    refused.says(&["an SSH certificate cannot be listed", "without -cert"]);
    assert_eq!(grant(&text("key.pub")).exit, 0);

    let path = |name: &str| world.path(name).display().to_string();
    world.git(&["config", "gpg.format", "ssh"]);
    world.git(&["config", "commit.gpgSign", "true"]);
    world.git(&["config", "user.signingKey", &path("key.pub")]);
    let access = world.read("access.toml");
    world.write(
        "access.toml",
        format!("signatures = \"required\"\n{access}"),
    );
    world.commit_all("signatures");

    world.git(&["config", "user.signingKey", &path("key-cert.pub")]);
    let said = "it was made with an SSH certificate; only plain keys are verified";
    let refused = world.refused(4, &["promote", "staging", "prod", "-y"]);
    refused.says(&[said]);
    // What git commits is found.
    world.replace("environments/prod.toml", "Production", "Live");
    world.commit_all("by git, with the certificate");
    let answer = world.json(11, &["check", "HEAD~1..HEAD"]);
    assert_eq!(codes(&answer), ["signature"]);
    assert!(
        answer["findings"][0]["message"]
            .as_str()
            .unwrap()
            .contains(said)
    );
    // With the key itself it counts.
    world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    world.git(&["config", "user.signingKey", &path("key.pub")]);
    world.done(&["promote", "staging", "prod", "-y"]);
    world.done(&["check", "HEAD~1..HEAD"]);
}
