//! Counts what the SDK asks of DynamoDB, operation by operation, and can cut the line.

use aws_sdk_dynamodb::config::{
    ConfigBag, Intercept, RuntimeComponents,
    interceptors::{BeforeTransmitInterceptorContextMut, BeforeTransmitInterceptorContextRef},
};
use aws_sdk_dynamodb::error::BoxError;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

#[derive(Clone, Debug, Default)]
pub struct Calls(Arc<Mutex<Vec<String>>>, Arc<AtomicBool>);

impl Calls {
    /// The operations since the last time somebody took them.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("nobody panicked"))
    }

    /// From now on every call goes to an address where nobody listens.
    pub fn lose_the_table(&self) {
        self.1.store(true, Ordering::SeqCst);
    }

    /// The table can be reached again.
    pub fn find_the_table(&self) {
        self.1.store(false, Ordering::SeqCst);
    }
}

impl Intercept for Calls {
    fn name(&self) -> &'static str {
        "calls"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let target = context.request().headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        self.0.lock().expect("nobody panicked").push(operation);
        Ok(())
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.1.load(Ordering::SeqCst) {
            context.request_mut().set_uri("http://127.0.0.1:9/")?;
        }
        Ok(())
    }
}
