/// The key of `model_info` that names the rules which lead to a target, written out.
pub(super) const VIA: &str = "envctl_via";

/// What is said to be the key where there is none.
pub(super) const NO_KEY: &str = "none";

/// How LiteLLM refers to a variable of its environment.
pub(super) const VARIABLE: &str = "os.environ/";
