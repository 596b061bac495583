use super::*;

const TREE: &str = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n";
const ANA: &str = "Ana <ana@example.org> 1700000000 +0100\n";

fn commit(headers: &str) -> Vec<u8> {
    format!("{TREE}{headers}\nsubject\n\nbody\n").into_bytes()
}

#[test]
fn headers_in_gits_order_are_read() {
    let parent = "parent 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n";
    let read = read(&commit(&format!(
        "{parent}{parent}author {ANA}committer {ANA}encoding x\nmergetag object\n tree x\n \n"
    )));
    let read = read.unwrap();
    assert_eq!(
        (
            read.author.email.as_str(),
            read.subject.as_str(),
            read.parents.len()
        ),
        ("ana@example.org", "subject", 2)
    );
    assert_eq!(
        (read.author.at.as_second(), read.signature()),
        (1_700_000_000, Signature::Missing)
    );
}

#[test]
fn what_reads_in_more_than_one_way_is_malformed() {
    let good = format!("author {ANA}committer {ANA}");
    for (headers, why) in [
        (format!("author {ANA}{good}"), "one committer must follow"),
        (format!("{good}author {ANA}"), "twice or out of order"),
        (format!("{good}committer {ANA}"), "twice or out of order"),
        (
            format!("{good}parent 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"),
            "twice or out of order",
        ),
        (format!("{good}{TREE}"), "twice or out of order"),
        (
            format!("committer {ANA}author {ANA}"),
            "one author must follow",
        ),
        (format!("{good}gpgsig a\ngpgsig b\n"), "two signatures"),
        (format!("{good} folded\n"), "no name"),
        (good.replace("ana@", "a\0@"), "NUL"),
        (format!("committer {ANA}"), "one author must follow"),
        (format!("author {ANA}"), "one committer must follow"),
        (format!("parent x\n{good}"), "not an object name"),
    ] {
        let error = read(&commit(&headers)).unwrap_err();
        assert!(error.contains(why), "{headers}: {error}");
    }
    assert!(read(b"tree x").is_err() && read(b"").is_err());
}

#[test]
fn an_identity_has_one_form() {
    let reads = |identity: &str| actor(identity.as_bytes()).is_some();
    for identity in [
        "Ana <ana@x> 1 +0000",
        "<ana@x> 1 -0130",
        "Ana Maria <> 0 +0000",
        "Jösé <j@x> 1 +0000",
    ] {
        assert!(reads(identity), "{identity}");
    }
    for identity in [
        "A <x@y> <z@w> 1 +0000",
        "A <<x@y> 1 +0000",
        "A < x@y > 1 +0000",
        "A  <x@y> 1 +0000",
        "A <x@y>  1 +0000",
        "A <x@y> -1 +0000",
        "A <x@y> 01 +0000",
        "A <x@y> 1 +00000",
        "A <x@y> 1 0000",
        "A <x@y> 1",
        "A <x@y>",
        "A x@y 1 +0000",
        "A <x@y,> 1 +0000",
        "A <'x@y'> 1 +0000",
        "A <x@y> 1 +0000 ",
        "A <x\ty> 1 +0000",
        "A <x@y> 9999999999999 +0000",
    ] {
        assert!(!reads(identity), "{identity}");
    }
    assert!(actor(b"A \xff <x@y> 1 +0000").is_none());
}
