//! The options that say which server a command works on.

use std::path::PathBuf;

/// Which server. On AWS the usual credentials are used: environment, profile, SSO, role.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct TargetOptions {
    /// The CloudFormation stack; its outputs say table, public URL and keys
    #[arg(long, global = true, env = "ADMIT_STACK", value_name = "NAME", help_heading = "Which server")]
    pub stack: Option<String>,

    /// The DynamoDB table, where no stack says it
    #[arg(long, global = true, env = "ADMIT_TABLE", value_name = "NAME", help_heading = "Which server")]
    pub table: Option<String>,

    /// The public URL that stands for {base} in tenant files, where no stack says it
    #[arg(long, global = true, env = "ADMIT_BASE_URL", value_name = "URL", help_heading = "Which server")]
    pub base: Option<String>,

    /// The KMS key that seals signing keys, where no stack says it
    #[arg(long, global = true, env = "ADMIT_SEALING_KEY", value_name = "ARN", help_heading = "Which server")]
    pub sealing_key: Option<String>,

    /// The stack whose functions may sign with new keys of KMS, where no stack says the rest: the value of their tag `admit-signing`
    #[arg(long, global = true, env = "ADMIT_SIGNING_TAG", value_name = "NAME", help_heading = "Which server")]
    pub signing_tag: Option<String>,

    /// The KMS key that seals audit events, where no stack says it
    #[arg(long, global = true, env = "ADMIT_AUDIT_KEY", value_name = "ARN", help_heading = "Which server")]
    pub audit_key: Option<String>,

    /// The local server that keeps its data in this folder, while it runs
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "data",
        conflicts_with_all = ["stack", "table", "endpoint", "region", "profile"],
        help_heading = "Which server"
    )]
    pub local: Option<PathBuf>,

    /// An emulator of AWS instead of AWS, as in http://127.0.0.1:4566
    #[arg(long, global = true, env = "AWS_ENDPOINT_URL", value_name = "URL", help_heading = "Which server")]
    pub endpoint: Option<String>,

    #[arg(long, global = true, value_name = "NAME", help_heading = "Which server")]
    pub region: Option<String>,

    /// A profile of ~/.aws/config
    #[arg(long, global = true, value_name = "NAME", help_heading = "Which server")]
    pub profile: Option<String>,
}
