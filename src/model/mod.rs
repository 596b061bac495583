//! The terms of the domain as types: parsed once at the boundary, and valid from then on.
//!
//! Nothing here reads a file, a clock or a repository. A value that exists is within its limits. A text that
//! breaks a limit never becomes a value, and the error says which limit.

mod access;
mod advice;
mod attestation;
mod base_url;
mod bounded;
mod change;
mod check_name;
mod coherence;
mod comment;
mod configuration;
mod elements;
mod entries;
mod entry;
mod entry_value;
mod environment;
mod environment_key;
mod freeze;
mod grants;
mod identity;
mod ids;
mod json_table;
mod keys;
mod link;
mod loosened;
mod model_name;
mod moment;
mod named_resource;
mod overriding;
mod pending;
mod permission;
mod pointers;
mod policy;
mod policy_key;
mod policy_value;
mod project;
mod provider;
mod provider_kind;
mod reason;
mod remote_name;
mod resource;
mod routing;
mod rule_spread;
mod schema;
mod score;
mod settings;
mod shared;
mod signature;
mod signing_key;
mod slug;
mod stated;
mod statement;
mod suggestion;
mod text;
mod time_span;
mod trailers;
mod veto;
mod window;
mod word;

pub use access::{
    Access, Email, EmailError, GrantScope, Member, MemberName, Role, RoleName, Signatures,
};
pub use advice::{Advice, FailureClass};
pub use attestation::{Attestation, Attestations};
pub use base_url::{BaseUrl, BaseUrlError};
pub use bounded::{Backoff, Bounded, MaxRetries, PerMinute, Timeout, Weight};
pub use change::{Changes, Direction, Move, Roles, changes, moves, moves_between, moves_into};
pub use check_name::CheckName;
pub use coherence::{Incoherence, incoherences};
pub use comment::Comment;
pub use configuration::Configuration;
pub use entries::changed_entries;
pub use entry::{Entry, MemberKey, SettingKey};
pub use environment::{Color, ColorError, Environment};
pub use environment_key::{
    EnvironmentKey, EnvironmentType, EnvironmentValue, EnvironmentValueError,
};
pub use freeze::{Freeze, FreezeId};
pub use identity::{Identity, IdentityError};
pub use ids::{CommitId, ContentId, IdError};
pub use json_table::{JsonTable, JsonTableError};
pub use link::{Link, LinkError};
pub use loosened::LoosenedRule;
pub use model_name::{ModelName, ModelNameError};
pub use moment::{MomentError, Present, Tense, moment};
pub use named_resource::NamedResource;
pub use overriding::{OverridableRule, Override, OverrideError};
pub use pending::{PendingMove, PendingRelease};
pub use permission::Permission;
pub use pointers::Pointers;
pub use policy::{Demands, Policy, PolicyRules};
pub use policy_key::{NoPolicyKey, PolicyKey};
pub use policy_value::{PolicyType, PolicyValue, PolicyValueError};
pub use project::{Project, Version, VersionTable};
pub use provider::{
    Address, AddressError, Auth, AuthType, Credential, CredentialError, HeaderName,
    HeaderNameError, Provider,
};
pub use provider_kind::{
    OptionText, OptionTextError, ProviderKind, ProviderKindError, ProviderOptions,
};
pub use reason::{Reason, ReasonError};
pub use remote_name::{RemoteName, RemoteNameError};
pub use resource::{Kind, Resource, ResourceError, ResourceName, VersionId, VersionNumber};
pub use routing::{
    Endpoint, Failing, Retry, RoutingRule, Strategy, Target, TargetEnd, TargetLimits, TargetName,
    TargetNameError,
};
pub(crate) use schema::schema_of;
pub use score::{Score, ScoreError};
pub use settings::{BranchName, BranchNameError, SCHEMA, Settings};
pub use shared::Shared;
pub use signature::Signature;
pub use signing_key::{PublicKey, SigningKey, SigningKeyError};
pub use slug::{EnvironmentSlug, SlugError};
pub use stated::{reason_of, states_reason};
pub use statement::Statement;
pub use suggestion::closest;
pub use text::{Description, DisplayName, Extension, TextError, is_shaping_joiner};
pub use time_span::{TimeSpan, TimeSpanError};
pub use trailers::Trailers;
pub use veto::{Veto, Vetoes};
pub use window::{Window, WindowError, WindowName};
pub use word::WordError;
