//! The least that a function can be: takes an event and answers at once. What it takes is the runtime emulator's own time.

use std::{
    env,
    io::{BufRead, BufReader, Read, Result, Write},
    net::TcpStream,
};

fn main() -> Result<()> {
    let api = env::var("AWS_LAMBDA_RUNTIME_API").map_err(std::io::Error::other)?;
    let mut reader = BufReader::new(TcpStream::connect(&api)?);
    loop {
        let id = sent(&mut reader, &format!("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nhost: {api}\r\n\r\n"))?;
        let answer = r#"{"statusCode":200}"#;
        let path = format!("/2018-06-01/runtime/invocation/{id}/response");
        let length = answer.len();
        sent(&mut reader, &format!("POST {path} HTTP/1.1\r\nhost: {api}\r\ncontent-length: {length}\r\n\r\n{answer}"))?;
    }
}

/// Reads the answer to its end, and gives the id of the event in it, if it has one.
fn sent(reader: &mut BufReader<TcpStream>, request: &str) -> Result<String> {
    reader.get_mut().write_all(request.as_bytes())?;
    let (mut id, mut length, mut chunked) = (String::new(), 0, false);
    loop {
        let line = line(reader)?;
        let (name, value) = line.split_once(": ").unwrap_or((&line, ""));
        match name.to_ascii_lowercase().as_str() {
            "" => break,
            "lambda-runtime-aws-request-id" => value.clone_into(&mut id),
            "content-length" => length = value.parse().map_err(std::io::Error::other)?,
            "transfer-encoding" => chunked = true,
            _ => {}
        }
    }
    read(reader, length)?;
    while chunked {
        let size = u64::from_str_radix(&line(reader)?, 16).map_err(std::io::Error::other)?;
        read(reader, size + 2)?;
        chunked = size > 0;
    }
    Ok(id)
}

fn line(reader: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

fn read(reader: &mut impl Read, length: u64) -> Result<()> {
    std::io::copy(&mut reader.take(length), &mut std::io::sink()).map(|_| ())
}
