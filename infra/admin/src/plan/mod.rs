//! The changes that a file makes to the table. The whole plan is made before anything is written, and it is written so that no
//! request sees half a tenant.

mod applied;
mod apply;
mod build;
mod commit;
mod danger;
mod deleted;
mod diff;
mod ended;
mod marks;
mod next_tenant;
mod tenant_in_table;

pub use applied::{AppliedItem, AppliedKind};
pub use apply::apply;
pub use build::Plan;
pub use commit::{ApplyError, commit};
pub use danger::{Danger, DangerousChange, dangers, has_local_sign_in};
pub use deleted::DeletedTenant;
pub use diff::{Change, ChangeKind, ChangedItem};
pub use ended::{lost, without};
pub use tenant_in_table::TenantInTable;
