/// How many variables a sentence names at most.
const NAMED: usize = 8;
/// How many characters of a variable a sentence shows at most.
const LONGEST: usize = 80;

/// Returns `names` as a sentence lists them: the first eight, each cut off after 80 characters, since a prompt can have any number
/// of variables, of any length.
pub fn variable_list<'n>(names: impl IntoIterator<Item = &'n String>) -> String {
    let name = |name: &String| match name.char_indices().nth(LONGEST) {
        None => format!("{{{{ {name} }}}}"),
        Some((end, _)) => format!("{{{{ {}… }}}}", &name[..end]),
    };
    let all: Vec<String> = names.into_iter().map(name).collect();
    match all.len().saturating_sub(NAMED) {
        0 => all.join(", "),
        more => format!("{} and {more} more", all[..NAMED].join(", ")),
    }
}
