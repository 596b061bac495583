/// Returns a number and its noun: `1 pointer`, `3 pointers`, `2 policies`.
///
/// For the regular nouns of this program; a phrase counts by its last word.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {}", plural(noun))
    }
}

fn plural(noun: &str) -> String {
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ if ["s", "x", "ch", "sh"].iter().any(|end| noun.ends_with(end)) => format!("{noun}es"),
        _ => format!("{noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn only_one_is_singular() {
        assert_eq!(count(0, "pointer"), "0 pointers");
        assert_eq!(count(1, "pointer"), "1 pointer");
        assert_eq!(count(2, "pending release"), "2 pending releases");
    }

    #[test]
    fn endings_follow_the_noun() {
        assert_eq!(count(2, "policy"), "2 policies");
        assert_eq!(count(2, "day"), "2 days");
        assert_eq!(count(2, "branch"), "2 branches");
        assert_eq!(count(2, "access"), "2 accesses");
    }
}
