//! What a stack costs in a month without a request. A test counts the template's alarms, keys and dashboards.

use serde::Serialize;

#[derive(Clone, Copy, Debug, Serialize)]
pub struct Fixed {
    pub what: &'static str,
    pub count: u32,
    pub usd_each: f64,
}

/// Without HealthLake's function and the authorizer, which bring two metrics each.
pub const ALARM_METRICS: u32 = 30;
pub const KMS_KEYS: u32 = 4;
pub const DASHBOARDS: u32 = 1;
/// `Requests`, `Milliseconds` and `AwsCalls` of rotate-keys, which runs each hour. Each other function brings three once it is asked.
pub const METRICS: u32 = 3;

pub const FIXED: [Fixed; 4] = [
    Fixed { what: "KMS key of the stack", count: KMS_KEYS, usd_each: 1.00 },
    Fixed { what: "metric that an alarm watches", count: ALARM_METRICS, usd_each: 0.10 },
    Fixed { what: "metric of its own", count: METRICS, usd_each: 0.30 },
    Fixed { what: "dashboard", count: DASHBOARDS, usd_each: 3.00 },
];

/// In dollars.
pub fn quiet() -> f64 {
    FIXED.iter().map(|fixed| f64::from(fixed.count) * fixed.usd_each).sum()
}
