//! A text as a picture that a phone can scan: an SVG in the page itself.

use qrcodegen::{QrCode, QrCodeEcc};
use std::fmt::Write;
use url::form_urlencoded;

/// Light all round, as scanners need it (ISO/IEC 18004 §6.3.8); dark on white also where the page is dark.
const QUIET: i32 = 4;

/// Empty where the text is too long for any picture; there is the key to type then.
pub fn data_uri(text: &str) -> String {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else { return String::new() };
    let side = code.size() + 2 * QUIET;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            let _ = write!(path, "M{},{}h1v1h-1z", x + QUIET, y + QUIET);
        }
    }
    let svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {side} {side}' shape-rendering='crispEdges'>\
         <path fill='#fff' d='M0,0h{side}v{side}h-{side}z'/><path d='{path}'/></svg>"
    );
    // `+` means a space in a query alone.
    let encoded: String = form_urlencoded::byte_serialize(svg.as_bytes()).collect();
    format!("data:image/svg+xml,{}", encoded.replace('+', "%20"))
}
