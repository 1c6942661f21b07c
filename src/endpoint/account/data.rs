//! `/account/data`: one's own copy of everything that is kept.

use poem::http::{HeaderValue, StatusCode, header};

use super::{Acting, acting, person, show_page};
use crate::endpoint::exchange::Exchange;
use crate::endpoint::leaving::export;
use crate::endpoint::reply::{self, Reply};
use crate::pages::AccountData;

/// Shows the page.
pub async fn get(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let me = person(exchange, "data").await?;
    show_page(exchange, &me, StatusCode::OK, &AccountData {}, &mut draw)
}

/// Takes the button: the document, to be saved.
pub async fn post(exchange: &Exchange) -> Reply {
    let Acting { me, .. } = acting(exchange, "data").await?;
    let mut response = reply::json(StatusCode::OK, &export(exchange, &me.account).await?)?;
    let attachment = HeaderValue::from_static("attachment; filename=\"my-data.json\"");
    response.headers_mut().insert(header::CONTENT_DISPOSITION, attachment);
    Ok(response)
}
