/// Declares the keys of a table, each once: its name in the code, and the row that says everything else about it.
macro_rules! keys {
    (
        $(#[$table_doc:meta])* $table:ident: $row_type:ty;
        $($(#[$doc:meta])* $key:ident = $row:expr;)*
    ) => {
        $(#[$table_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $table {
            $($(#[$doc])* $key,)*
        }

        impl $table {
            /// Every key, in the order in which they are written.
            pub const ALL: [Self; [$(stringify!($key)),*].len()] = [$(Self::$key),*];

            pub(super) const fn row(self) -> &'static $row_type {
                match self {
                    $(Self::$key => {
                        const ROW: &$row_type = &$row;
                        ROW
                    })*
                }
            }
        }
    };
}
pub(super) use keys;
