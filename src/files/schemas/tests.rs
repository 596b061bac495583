use super::*;
use crate::files::settings as settings_file;

#[test]
fn schemas_are_sorted_and_sound() {
    assert!(ALL.is_sorted_by_key(|file| file.name));
    for file in ALL {
        assert!(jsonschema::meta::is_valid(&file.schema()), "{}", file.name);
    }
}

/// The keys that the readers know are the keys of the schemas, in the same order.
#[test]
fn schemas_have_the_keys_of_the_readers() {
    let keys = |name: &str| -> Vec<String> {
        let schema = of(name).unwrap();
        schema["properties"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect()
    };
    assert_eq!(keys("envctl.toml"), settings_file::KEYS);
}
