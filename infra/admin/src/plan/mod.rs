//! What a file changes in the table: worked out whole before anything is written, and written so that nobody sees half a
//! tenant.

mod applied;
mod apply;
mod build;
mod commit;
mod danger;
mod diff;
mod tenant_in_table;

pub use apply::apply;
pub use build::Plan;
pub use commit::{ApplyError, commit};
pub use danger::{Danger, DangerousChange, dangers};
pub use diff::{Change, ChangeKind, ChangedItem};
pub use tenant_in_table::TenantInTable;
