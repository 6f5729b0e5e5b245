//! Styles that an EHR asks its apps to take on (SMART App Launch 2.2, `smart_style_url`).

use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

pub const NAMES: [&str; 3] = ["light", "dark", "warm"];

pub async fn style(Path(file): Path<String>) -> Response {
    match file.strip_suffix(".json").and_then(named) {
        Some(style) => {
            let headers = [
                (header::CONTENT_TYPE, "application/json"),
                // Apps on other origins read it.
                (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
                (header::CACHE_CONTROL, "public, max-age=300"),
            ];
            (headers, style.to_string()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn named(name: &str) -> Option<Value> {
    let (background, text, highlight) = match name {
        "light" => ("#ffffff", "#17212b", "#0b5a86"),
        "dark" => ("#0f161c", "#e8edf2", "#7cc3ea"),
        "warm" => ("#fdf6ec", "#2d2416", "#9a4b12"),
        _ => return None,
    };
    Some(json!({
        "color_background": background,
        "color_error": "#a1201b",
        "color_highlight": highlight,
        "color_modal_backdrop": "",
        "color_success": "#2e7d32",
        "color_text": text,
        "dim_border_radius": "8px",
        "dim_font_size": "16px",
        "dim_spacing_size": "20px",
        "font_family_body": "system-ui, sans-serif",
        "font_family_heading": "system-ui, sans-serif",
    }))
}
