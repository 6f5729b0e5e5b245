//! List prices, each with where it is published. They change: the date says when these were the ones.

use super::operations::{Operation, Signature};
use serde::Serialize;

pub const REGION: &str = "us-east-1";
/// Without free tiers, volume discounts, savings plans and taxes.
pub const AS_OF: &str = "July 2025";

#[derive(Clone, Copy, Debug, Serialize)]
pub struct Price {
    pub what: &'static str,
    pub usd: f64,
    pub page: &'static str,
}

pub const GATEWAY: Price =
    Price { what: "a million requests to an HTTP API", usd: 1.00, page: "aws.amazon.com/api-gateway/pricing" };
pub const INVOCATIONS: Price =
    Price { what: "a million Lambda invocations", usd: 0.20, page: "aws.amazon.com/lambda/pricing" };
pub const GB_SECOND: Price =
    Price { what: "a GB-second of Lambda on arm64", usd: 0.000_013_333_4, page: "aws.amazon.com/lambda/pricing" };
pub const READS: Price = Price {
    what: "a million DynamoDB read request units",
    usd: 0.125,
    page: "aws.amazon.com/dynamodb/pricing/on-demand",
};
pub const WRITES: Price = Price {
    what: "a million DynamoDB write request units",
    usd: 0.625,
    page: "aws.amazon.com/dynamodb/pricing/on-demand",
};
pub const SIGN_ECC: Price =
    Price { what: "a million KMS requests with ECC keys", usd: 15.00, page: "aws.amazon.com/kms/pricing" };
pub const SIGN_RSA: Price =
    Price { what: "a million KMS requests with RSA-2048 keys", usd: 3.00, page: "aws.amazon.com/kms/pricing" };
pub const LOG_GB: Price =
    Price { what: "a GB into CloudWatch Logs", usd: 0.50, page: "aws.amazon.com/cloudwatch/pricing" };

pub const ALL: [Price; 8] = [GATEWAY, INVOCATIONS, GB_SECOND, READS, WRITES, SIGN_ECC, SIGN_RSA, LOG_GB];

/// The time that a function waits for a call to DynamoDB or KMS, in milliseconds. Assumed, not measured in a deployment.
pub const CALL_MS: u32 = 5;
pub const SIGNATURE_MS: u32 = 13;
/// A line of the function, Lambda's own three, and the gateway's access log. Estimated.
pub const LOG_BYTES: u32 = 1500;

/// A million of an operation, in dollars.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Bill {
    pub gateway: f64,
    pub lambda: f64,
    pub table: f64,
    pub kms: f64,
    pub logs: f64,
    pub total: f64,
    /// With `signing_keys = "sealed"`.
    pub total_sealed: f64,
}

pub fn bill(operation: &Operation) -> Bill {
    let requests = f64::from(operation.requests);
    let calls = u32::try_from(operation.calls.len()).unwrap_or(u32::MAX);
    let signatures = u32::try_from(operation.signatures.len()).unwrap_or(u32::MAX);
    let lambda = |signing_ms: u32| {
        let ms = operation.computing_ms + calls * CALL_MS + signing_ms;
        // A million times milliseconds is a thousand times seconds. Each request is at least a millisecond.
        let seconds = f64::from(ms.max(operation.requests)) * 1000.0;
        requests * INVOCATIONS.usd + seconds * f64::from(operation.memory_mb) / 1024.0 * GB_SECOND.usd
    };
    let reads: u32 = operation.calls.iter().map(|call| call.read_units()).sum();
    let writes: u32 = operation.calls.iter().map(|call| call.write_units()).sum();
    let table = f64::from(reads) * READS.usd + f64::from(writes) * WRITES.usd;
    let sign = |signature: &Signature| match signature {
        Signature::Ecc => SIGN_ECC.usd,
        Signature::Rsa => SIGN_RSA.usd,
    };
    // A sum of nothing is -0.0, which prints as one.
    let kms = operation.signatures.iter().map(sign).fold(0.0, |sum, usd| sum + usd);
    let logs = requests * f64::from(LOG_BYTES) / 1000.0 * LOG_GB.usd;
    let gateway = requests * GATEWAY.usd;
    let with_kms = lambda(signatures * SIGNATURE_MS);
    Bill {
        gateway,
        lambda: with_kms,
        table,
        kms,
        logs,
        total: gateway + with_kms + table + kms + logs,
        // A signature in the function takes a millisecond.
        total_sealed: gateway + lambda(signatures) + table + logs,
    }
}
