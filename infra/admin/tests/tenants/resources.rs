//! `[[resources]]`: what tokens can be for that is no FHIR base (MCP-3).

use crate::mistakes::{GOOD, mistakes};
use admin::tenant_file::{export, parse};
use rules::tenant::{DpopUse, ProtectedResource, Tenant};

const SECTION: &str = "[[resources]]\nname = \"tools\"\nurl = \"https://mcp.example/tools\"\nscope = \"patient/*.rs __tools\"\n\
                       introspection_secret = \"tools-secret\"\ndpop = \"accepted\"\n";

fn with(section: &str) -> String {
    GOOD.replace("[[ehrs]]", &format!("{section}[[ehrs]]"))
}

fn read(text: &str) -> Tenant {
    parse("clinic.toml", text).unwrap().resolve("https://auth.example").unwrap().tenant
}

#[test]
fn it_stands_before_the_only_fhir_server_or_the_one_that_it_names() {
    let ProtectedResource { name, url, fhir_server, scope, secrets, dpop } = read(&with(SECTION)).resources.remove(0);
    assert_eq!((name.as_str(), url.as_str()), ("tools", "https://mcp.example/tools"));
    assert_eq!(fhir_server, "https://auth.example/clinic/fhir");
    assert_eq!((scope.to_string().as_str(), secrets.len(), dpop), ("patient/*.rs __tools", 1, DpopUse::Accepted));
    let second = "[[fhir_servers]]\nname = \"second\"\nurl = \"https://two.example/r4\"\n";
    let person = |text: &str| text.replace("\"Patient/amy\"", "\"Patient/amy\"\nfhir_server = \"fhir\"");
    let named = person(&with(&format!("{second}{SECTION}fhir_server = \"second\"\n")));
    assert_eq!(read(&named).resources[0].fhir_server, "https://two.example/r4");
    let unnamed = mistakes(parse("t.toml", &person(&with(&format!("{second}{SECTION}")))).map(|_| ()));
    assert!(unnamed[0].contains("no FHIR server, where the tenant has several"), "{unnamed:?}");
}

#[test]
fn each_mistake_is_told_at_its_line() {
    for (from, to, found) in [
        ("name = \"tools\"\n", "name = \"fhir\"\n", "a name of its own among the FHIR servers, resources and EHRs"),
        ("name = \"tools\"\n", "name = \"ehr\"\n", "a name of its own among the FHIR servers, resources and EHRs"),
        ("https://mcp.example/tools", "{base}/clinic/fhir/", "a URL of its own"),
        ("https://mcp.example/tools", "{base}/clinic", "whose URL is the issuer"),
        ("https://mcp.example/tools", "https://mcp.example/tools?x=1", "with a query"),
        ("patient/*.rs __tools", "openid __tools", "the scope openid"),
        ("patient/*.rs __tools", "__introspect", "the scope __introspect"),
        ("scope = \"patient/*.rs __tools\"\n", "", "scope"),
        ("dpop = \"accepted\"", "fhir_server = \"none\"", "one of the [[fhir_servers]]"),
    ] {
        assert!(SECTION.contains(from), "{from}");
        let text = with(&SECTION.replacen(from, to, 1));
        let told = mistakes(parse("t.toml", &text).map(|_| ())).join("\n");
        assert!(told.contains(found), "{to}: {told}");
    }
}

#[test]
fn an_export_says_the_same() {
    let mut items = parse("clinic.toml", &with(SECTION)).unwrap().resolve("https://auth.example").unwrap();
    // A file names no sub; the table does.
    items.users.clear();
    let again = parse("again.toml", &export::text(&items).unwrap()).unwrap().resolve("https://auth.example").unwrap();
    let of = |tenant: &Tenant| serde_json::to_value(&tenant.resources).unwrap();
    assert_eq!(of(&items.tenant), of(&again.tenant));
}
