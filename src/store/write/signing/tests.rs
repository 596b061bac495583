use super::*;

#[test]
fn a_signature_is_the_last_header_and_its_lines_are_continued() {
    let signed = with_signature(
        b"tree 1\ncommitter x\n\nsubject\n\nbody\n",
        "-----BEGIN\n\nabc\n-----END\n",
    )
    .unwrap();
    let expected =
        "tree 1\ncommitter x\ngpgsig -----BEGIN\n \n abc\n -----END\n\nsubject\n\nbody\n";
    assert_eq!(String::from_utf8(signed).unwrap(), expected);
}

#[test]
fn a_command_line_is_split_as_git_splits_it() {
    for (line, split) in [
        ("ssh-add -L", vec!["ssh-add", "-L"]),
        (
            " 'a b'  \"c \\\" d\" e\\ f ''",
            vec!["a b", "c \" d", "e f", ""],
        ),
        (r"'a\b'", vec![r"a\b"]),
        ("", Vec::new()),
    ] {
        assert_eq!(words(line).unwrap(), split, "{line}");
    }
    for open in ["'a", "\"a", "a\\"] {
        assert_eq!(words(open), None, "{open}");
    }
}

#[test]
fn what_has_no_headers_is_not_signed() {
    assert_eq!(with_signature(b"tree 1", "x"), None);
}
