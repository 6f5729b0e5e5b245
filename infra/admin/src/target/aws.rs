//! CloudWatch Logs, CloudFormation, Lambda and STS: a few operations that only an operator needs. The requests are signed here, since the
//! SDKs of the four are larger than this whole program.

use super::FUNCTIONS;
use crate::{failure::Failure, tenant_file::is_loopback};
use aws_config::SdkConfig;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use rules::{secret::random_text, time::Timestamp};
use serde_json::{Value, json};
use std::{collections::BTreeMap, ops::ControlFlow, time::Duration};

pub struct Aws {
    http: reqwest::Client,
    endpoint: Option<String>,
    region: Option<String>,
    credentials: Option<SharedCredentialsProvider>,
}

/// Which lines of a log, by CloudWatch's own pattern, between two moments in milliseconds.
pub struct LogLines<'a> {
    pub group: &'a str,
    pub pattern: &'a str,
    pub since: i64,
    pub until: Option<i64>,
}

impl Aws {
    pub fn new(config: &SdkConfig) -> Result<Aws, Failure> {
        let mut http = reqwest::Client::builder().timeout(Duration::from_secs(30));
        if config.endpoint_url().is_some_and(is_loopback) {
            http = http.no_proxy();
        }
        let http = http.build().map_err(Failure::failed)?;
        Ok(Aws {
            http,
            endpoint: config.endpoint_url().map(str::to_owned),
            region: config.region().map(ToString::to_string),
            credentials: config.credentials_provider(),
        })
    }

    /// Names the missing region or credentials; the SDK would only say that nothing can be reached.
    pub async fn check_configuration(&self) -> Result<(), Failure> {
        if self.region.is_none() {
            return Err(Failure::usage("no region is known: say --region, or AWS_REGION, or one in the profile"));
        }
        let missing = "no credentials of AWS were found: environment, --profile, `aws sso login`, or a role";
        let provider = self.credentials.as_ref().ok_or_else(|| Failure::usage(missing))?;
        let found = provider.provide_credentials().await;
        found.map(drop).map_err(|error| Failure::usage(format!("{missing} ({error})")))
    }

    /// The outputs of a stack, by their names.
    pub async fn stack_outputs(&self, stack: &str) -> Result<BTreeMap<String, String>, Failure> {
        let name = url::form_urlencoded::byte_serialize(stack.as_bytes()).collect::<String>();
        let body = format!("Action=DescribeStacks&Version=2010-05-15&StackName={name}");
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let xml = self.call("cloudformation", &headers, body).await?;
        let output = |member: &str| Some((xml_text(member, "OutputKey")?, xml_text(member, "OutputValue")?));
        let outputs: BTreeMap<String, String> =
            xml.split("<OutputKey>").skip(1).filter_map(|rest| output(&format!("<OutputKey>{rest}"))).collect();
        match outputs.is_empty() {
            true => {
                Err(Failure::failed(format!("the stack {stack} has no outputs: is it one of Admit's, and deployed?")))
            }
            false => Ok(outputs),
        }
    }

    /// The log groups whose names begin with the prefix.
    pub async fn log_groups(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        let mut names = Vec::new();
        let mut ask = json!({ "logGroupNamePrefix": prefix });
        loop {
            let page = self.logs("DescribeLogGroups", &ask).await?;
            let groups = page["logGroups"].as_array().cloned().unwrap_or_default();
            names.extend(groups.iter().filter_map(|group| group["logGroupName"].as_str().map(str::to_owned)));
            match page["nextToken"].as_str() {
                Some(token) => ask["nextToken"] = token.into(),
                None => return Ok(names),
            }
        }
    }

    /// The log groups that there are of exactly this stack's functions: another stack's name may begin as this one's.
    pub async fn function_logs(&self, stack: &str) -> Result<Vec<String>, Failure> {
        let prefix = format!("/aws/lambda/{stack}-");
        let mut groups = self.log_groups(&prefix).await?;
        groups.retain(|group| group.strip_prefix(&prefix).is_some_and(|function| FUNCTIONS.contains(&function)));
        Ok(groups)
    }

    /// Hands over these lines page by page, many of them empty, and asks for the next only when it has been taken.
    pub async fn log_lines(
        &self,
        wanted: &LogLines<'_>,
        mut take: impl AsyncFnMut(Vec<String>) -> Result<ControlFlow<()>, Failure>,
    ) -> Result<(), Failure> {
        let LogLines { group, pattern, since, until } = *wanted;
        let mut ask = json!({ "logGroupName": group, "filterPattern": pattern, "startTime": since });
        if let Some(until) = until {
            ask["endTime"] = until.into();
        }
        loop {
            let page = self.logs("FilterLogEvents", &ask).await?;
            let events = page["events"].as_array().into_iter().flatten();
            let lines = events.filter_map(|event| event["message"].as_str().map(str::to_owned)).collect();
            match (take(lines).await?, page["nextToken"].as_str()) {
                (ControlFlow::Continue(()), Some(token)) => ask["nextToken"] = token.into(),
                _ => return Ok(()),
            }
        }
    }

    /// Has a function answer this, and waits for it.
    pub async fn invoke(&self, function: &str, event: &Value) -> Result<(), Failure> {
        let name = url::form_urlencoded::byte_serialize(function.as_bytes()).collect::<String>();
        let path = format!("/2015-03-31/functions/{name}/invocations");
        let answer = self.call_at("lambda", &path, &[("content-type", "application/json")], event.to_string()).await?;
        // Lambda answers 200 for a function that failed, with its error for a body.
        let error = serde_json::from_str::<Value>(&answer).ok();
        match error.as_ref().and_then(|error| error["errorMessage"].as_str()) {
            Some(why) => Err(Failure::failed(format!("{function}: {why}"))),
            None => Ok(()),
        }
    }

    /// Puts one line into a log, in a stream of its own: no two commands write into one.
    pub async fn put_log_line(&self, group: &str, line: &str, now: Timestamp) -> Result<(), Failure> {
        let stream = format!("{}-{}", now.utc().strftime("%Y-%m-%d"), random_text::<12>());
        self.logs("CreateLogStream", &json!({ "logGroupName": group, "logStreamName": stream })).await?;
        let event = json!({ "timestamp": now.0 * 1000, "message": line });
        let put = json!({ "logGroupName": group, "logStreamName": stream, "logEvents": [event] });
        let answer = self.logs("PutLogEvents", &put).await?;
        match answer["rejectedLogEventsInfo"].is_null() {
            true => Ok(()),
            false => Err(Failure::failed("CloudWatch Logs did not take it; is this clock right?")),
        }
    }

    /// Whose credentials these are.
    pub async fn caller(&self) -> Result<String, Failure> {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let xml = self.call("sts", &headers, "Action=GetCallerIdentity&Version=2011-06-15".to_owned()).await?;
        xml_text(&xml, "Arn").ok_or_else(|| Failure::failed("AWS did not say whose credentials these are"))
    }

    async fn logs(&self, operation: &str, body: &Value) -> Result<Value, Failure> {
        let target = format!("Logs_20140328.{operation}");
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target.as_str())];
        let answer = self.call("logs", &headers, body.to_string()).await?;
        // Some operations answer nothing.
        serde_json::from_str(if answer.is_empty() { "{}" } else { &answer })
            .map_err(|error| Failure::failed(format!("CloudWatch Logs: {error}")))
    }

    async fn call(&self, service: &str, headers: &[(&str, &str)], body: String) -> Result<String, Failure> {
        self.call_at(service, "/", headers, body).await
    }

    async fn call_at(
        &self,
        service: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<String, Failure> {
        let failed = |why: String| Failure::failed(format!("AWS ({service}): {why}"));
        let region = self.region.clone().ok_or_else(|| failed("no region: say --region, or AWS_REGION".into()))?;
        let provider = self.credentials.as_ref().ok_or_else(|| failed("no credentials".into()))?;
        let credentials = provider.provide_credentials().await.map_err(|error| failed(error.to_string()))?;
        let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let url = match &self.endpoint {
            Some(endpoint) => format!("{}{path}", endpoint.trim_end_matches('/')),
            None => format!("https://{service}.{region}.{domain}{path}"),
        };
        let identity = credentials.into();
        let now = u64::try_from(server::Clock::System.now().0).unwrap_or_default();
        let time = std::time::UNIX_EPOCH + Duration::from_secs(now);
        let settings = v4::SigningParams::builder()
            .identity(&identity)
            .region(&region)
            .name(service)
            .time(time)
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| failed(error.to_string()))?;
        let mut request = self.http.post(&url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(body.clone()).build().map_err(|error| failed(error.to_string()))?;
        let signable =
            SignableRequest::new("POST", url.as_str(), headers.iter().copied(), SignableBody::Bytes(body.as_bytes()));
        let signable = signable.map_err(|error| failed(error.to_string()))?;
        let (instructions, _) =
            sign(signable, &settings.into()).map_err(|error| failed(error.to_string()))?.into_parts();
        for (name, value) in instructions.headers() {
            let name: reqwest::header::HeaderName = name.parse().map_err(|_| failed("a header's name".into()))?;
            let value = value.parse().map_err(|_| failed("a header's value".into()))?;
            request.headers_mut().insert(name, value);
        }
        let answer = self.http.execute(request).await.map_err(|error| failed(error.to_string()))?;
        let (status, text) = (answer.status(), answer.text().await.map_err(|error| failed(error.to_string()))?);
        match status.is_success() {
            true => Ok(text),
            false => Err(failed(message(&text).unwrap_or_else(|| status.to_string()))),
        }
    }
}

/// The message of a refusal by AWS, in JSON or XML.
fn message(text: &str) -> Option<String> {
    let json = serde_json::from_str::<Value>(text).ok();
    let of_json = json.as_ref().and_then(|json| json["message"].as_str().or(json["__type"].as_str()));
    of_json.map(str::to_owned).or_else(|| xml_text(text, "Message"))
}

/// The text of the first element of this name.
fn xml_text(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
}
