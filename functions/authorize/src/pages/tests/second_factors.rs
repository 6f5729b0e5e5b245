//! The pages of second factors and of a person's own sign-in, drawn likewise.

use super::*;

#[test]
fn the_pages_of_factors_escape_everything_and_show_the_forms_they_need() {
    let codes = [HOSTILE.to_owned()];
    let key = || account::Passkey {
        id: HOSTILE.to_owned(),
        name: HOSTILE.to_owned(),
        kind: "k",
        last_used: Some(HOSTILE.to_owned()),
    };
    let passkey = |ceremony| Some(PasskeyForm { ceremony, options: HOSTILE.to_owned(), failed: true, script: "/p.js" });
    let text = || HOSTILE.to_owned();
    let (frame, action, csrf) = (FRAME, "/t/account", "token");
    let drawn = [
        factors::SecondFactorPage {
            frame,
            client_name: Some(HOSTILE),
            action,
            csrf,
            app: true,
            locked: true,
            failed: true,
            passkey: passkey("get"),
        }
        .render(),
        factors::AppSetupPage {
            frame,
            action,
            csrf,
            picture: qr::data_uri(HOSTILE),
            key: text(),
            failed: true,
            required: true,
            hidden: Some("app"),
            cancel: ("do", "leave"),
            passkey: passkey("create"),
        }
        .render(),
        factors::CodesPage { frame, action, csrf, codes: &codes, kept: ("kept", "yes") }.render(),
        account::ElsewherePage {
            frame,
            text: HOSTILE,
            user: Some(account::ElsewhereUser { name: HOSTILE, links: &person() }),
            action: Some(action),
        }
        .render(),
        account::AccountPage {
            frame,
            action,
            csrf,
            manage: "/t/manage",
            user_name: HOSTILE,
            username: HOSTILE,
            least: 12,
            done: Some(text()),
            apps_keep: true,
            problem: Some(text()),
            password_since: Some(text()),
            app: true,
            app_since: None,
            passkeys: true,
            keys: &[key(), key()],
            codes: Some(text()),
            person: &person(),
            since: text(),
            until: text(),
        }
        .render(),
    ];
    for html in drawn.map(Result::unwrap) {
        assert!(!html.contains("<script>") && !html.contains("<img src=x"), "{html}");
        assert!(!html.contains("style="), "{html}");
        let posts = html.matches("<form method=\"post\"").count();
        assert_eq!(html.matches("name=\"csrf\" value=\"token\"").count(), posts);
    }
}

#[test]
fn the_picture_of_a_secret_is_an_image_in_the_page() {
    let picture = qr::data_uri("otpauth://totp/Clinic:amy?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Clinic");
    let svg = picture.strip_prefix("data:image/svg+xml,").unwrap();
    assert!(svg.starts_with("%3Csvg%20") && !svg.contains(['"', '<', ' ', '+', '#']), "{svg}");
    assert_eq!(qr::data_uri(&"x".repeat(5000)), "");
}
