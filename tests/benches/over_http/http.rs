//! A client that costs little: one connection kept open, one request after the other, bytes made before.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
};

pub struct Connection {
    stream: BufReader<TcpStream>,
}

pub struct Reply {
    pub status: u16,
    /// Of a redirect.
    pub location: Option<String>,
    /// `name=value` of each cookie that was set.
    pub cookies: Vec<String>,
    pub body: Vec<u8>,
}

impl Connection {
    pub fn open(address: &str) -> Connection {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("a socket option");
        Connection { stream: BufReader::new(stream) }
    }

    pub fn send(&mut self, request: &[u8]) -> Reply {
        self.stream.get_mut().write_all(request).expect("the server reads");
        let mut status = 0;
        let mut length = 0;
        let (mut location, mut cookies) = (None, Vec::new());
        let mut line = String::new();
        loop {
            line.clear();
            self.stream.read_line(&mut line).expect("the server answers");
            let text = line.trim_end();
            if text.is_empty() {
                break;
            }
            if let Some((name, value)) = text.split_once(": ") {
                match name.to_ascii_lowercase().as_str() {
                    "content-length" => length = value.parse().expect("a length"),
                    "location" => location = Some(value.to_owned()),
                    "set-cookie" => cookies.extend(value.split(';').next().map(str::to_owned)),
                    _ => {}
                }
            } else if let Some(code) = text.split(' ').nth(1) {
                status = code.parse().expect("a status");
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).expect("the body is whole");
        Reply { status, location, cookies, body }
    }
}

pub fn get(path: &str) -> Vec<u8> {
    get_with("", path)
}

/// By a browser that holds these cookies.
pub fn get_with(cookies: &str, path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: load\r\n{}\r\n", cookie_line(cookies)).into_bytes()
}

pub fn post(path: &str, form: &[(&str, &str)], authorization: Option<&str>) -> Vec<u8> {
    let authorization = authorization.map(|value| format!("Authorization: {value}\r\n")).unwrap_or_default();
    post_by(path, form, &authorization)
}

pub fn post_with(cookies: &str, path: &str, form: &[(&str, &str)]) -> Vec<u8> {
    post_by(path, form, &cookie_line(cookies))
}

fn cookie_line(cookies: &str) -> String {
    if cookies.is_empty() { String::new() } else { format!("Cookie: {cookies}\r\n") }
}

fn post_by(path: &str, form: &[(&str, &str)], headers: &str) -> Vec<u8> {
    let body = kit::http::encode(form);
    format!(
        "POST {path} HTTP/1.1\r\nHost: load\r\n{headers}Content-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
