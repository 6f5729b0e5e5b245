//! The Lambda authorizer for a FHIR API behind API Gateway.

mod gateways;
mod table;
