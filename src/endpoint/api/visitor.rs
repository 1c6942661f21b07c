//! Who calls an operation that needs nobody to be signed in. It may set or follow cookies, so it must come from a
//! program, or from a script of our own pages: nobody is signed in, or signed up, by another site (SES-03, SES-05).

use std::ops::Deref;
use std::sync::Arc;

use poem::{FromRequest, Request, RequestBody};

use super::caller::exchange_of;
use super::problem::Refused;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::guard::own_script;

/// A call that no other site sent.
pub struct Visitor(Arc<Exchange>);

impl Deref for Visitor {
    type Target = Exchange;

    fn deref(&self) -> &Exchange {
        &self.0
    }
}

impl<'a> FromRequest<'a> for Visitor {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        let exchange = exchange_of(request)?;
        own_script(exchange).map_err(Refused::from)?;
        Ok(Self(exchange.clone()))
    }
}
