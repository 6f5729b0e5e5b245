//! `admit cost`: the table of what a million of each operation costs, and of what that is made.

use crate::{
    cost::{
        month::{self, Fixed},
        operations::{self, Operation},
        prices::{self, Bill, bill},
    },
    failure::Failure,
    out::{Out, table},
};
use serde_json::{Value, json};

#[derive(clap::Args, Debug)]
pub struct Cost {
    /// The calls to AWS that each operation makes, too
    #[arg(long)]
    calls: bool,
}

impl Cost {
    pub fn run(self, out: &Out) -> Result<(), Failure> {
        out.answer(&json(), text(self.calls));
        Ok(())
    }
}

/// The whole answer, for the README as well.
pub fn text(with_calls: bool) -> String {
    let dollars = |usd: f64| format!("{usd:.2}");
    let row = |operation: &&Operation| {
        let bill = bill(operation);
        let mut row = vec![operation.name.to_owned()];
        row.extend(
            [bill.gateway, bill.lambda, bill.table, bill.logs, bill.kms, bill.total, bill.total_sealed].map(dollars),
        );
        if with_calls {
            row.push(operation.call_names().join(" "));
        }
        row
    };
    let mut headings = vec!["A MILLION OF", "GATEWAY", "LAMBDA", "TABLE", "LOGS", "KMS", "TOTAL", "SEALED KEYS"];
    if with_calls {
        headings.push("CALLS");
    }
    let rows: Vec<Vec<String>> = operations::ALL.iter().map(row).collect();
    let mut text = format!(
        "In US dollars, at the list prices of {} in {}, without free tiers and discounts. The calls are\n\
         counted by the specification; {} ms for a call to DynamoDB, {} ms for a signature by KMS and {} bytes of\n\
         log a request are assumed.\n\n",
        prices::AS_OF,
        prices::REGION,
        prices::CALL_MS,
        prices::SIGNATURE_MS,
        prices::LOG_BYTES
    );
    text += &table(&headings, &rows);
    let login = operations::LOGIN.map(bill);
    let sum = |part: fn(&Bill) -> f64| login.iter().map(part).sum::<f64>();
    text += &format!(
        "\nA million logins in a session, without pages and with an id_token, are the lines `{}` and\n`{}`: ${:.2}, with sealed keys ${:.2}.\n\n",
        operations::LOGIN[0].name,
        operations::LOGIN[1].name,
        sum(|bill| bill.total),
        sum(|bill| bill.total_sealed)
    );
    for price in prices::ALL {
        text += &format!("${:<14} {:<42} {}\n", price.usd, price.what, price.page);
    }
    text += "\nBy the month, whatever is asked:\n\n";
    for Fixed { what, count, usd_each } in month::FIXED {
        let usd = dollars(f64::from(count) * usd_each);
        text += &format!("${usd:<6} {count} × ${} for each {what}\n", dollars(usd_each));
    }
    text + &format!(
        "${:<6} a month in which nobody comes. With it grow: $1 for each signing key in KMS (two or more a tenant), $0.90 for\n\
        \x20       the metrics of each function that is asked, $0.25 for a GB in the table and $0.20 for its point-in-time recovery.\n",
        dollars(month::quiet())
    )
}

fn json() -> Value {
    let operation = |operation: &&Operation| {
        json!({
            "operation": operation.name, "requests": operation.requests, "calls": operation.call_names(),
            "signatures": operation.signatures.len(), "usd_per_million": bill(operation),
        })
    };
    json!({
        "region": prices::REGION, "prices_as_of": prices::AS_OF, "prices": prices::ALL,
        "assumed": { "ms_per_call": prices::CALL_MS, "ms_per_signature": prices::SIGNATURE_MS, "log_bytes": prices::LOG_BYTES },
        "month": { "fixed": month::FIXED, "usd": month::quiet() },
        "operations": operations::ALL.iter().map(operation).collect::<Vec<_>>(),
    })
}
