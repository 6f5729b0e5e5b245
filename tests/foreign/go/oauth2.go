// golang.org/x/oauth2 with coreos/go-oidc: what most Go programs use.
package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

var scopes = []string{"openid", "launch/patient", "offline_access", "patient/*.rs"}

// An app: the library's configuration, and an assertion for each request where it has a key. The library makes none itself.
type app struct {
	oauth2.Config
	provider *oidc.Provider
	alg      string
}

func found(ctx context.Context, clientID, secret string, style oauth2.AuthStyle) app {
	provider := must(oidc.NewProvider(ctx, world.Issuer))
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = style
	config := oauth2.Config{ClientID: clientID, ClientSecret: secret, RedirectURL: redirectURI, Scopes: scopes, Endpoint: endpoint}
	return app{Config: config, provider: provider}
}

func signed(ctx context.Context, clientID, alg string) app {
	app := found(ctx, clientID, "", oauth2.AuthStyleInParams)
	app.alg = alg
	return app
}

func (app app) proof() []oauth2.AuthCodeOption {
	if app.alg == "" {
		return nil
	}
	return []oauth2.AuthCodeOption{
		oauth2.SetAuthURLParam("client_assertion_type", assertionType),
		oauth2.SetAuthURLParam("client_assertion", assertion(app.ClientID, app.Endpoint.TokenURL, app.alg)),
	}
}

func assertion(clientID, audience, alg string) string {
	key := world.Keys[alg]
	block, _ := pem.Decode([]byte(key.PEM))
	private := must(x509.ParsePKCS8PrivateKey(block.Bytes))
	signer := must(jose.NewSigner(
		jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: jose.JSONWebKey{Key: private, KeyID: key.Kid}},
		(&jose.SignerOptions{}).WithType("JWT"),
	))
	now := time.Now()
	return must(jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: clientID, Subject: clientID, Audience: jwt.Audience{audience}, ID: oauth2.GenerateVerifier(),
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(4 * time.Minute)),
	}).Serialize())
}

// From the app's request to its code.
func (app app) request(decision string) (url.Values, string, string) {
	verifier, nonce, state := oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	start := app.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier), oidc.Nonce(nonce), oauth2.SetAuthURLParam("aud", world.FHIR))
	back := answers(start, decision)
	demand(back.Get("state") == state && back.Get("iss") == world.Issuer, "another answer: %v", back)
	return back, verifier, nonce
}

func (app app) launches(ctx context.Context) *oauth2.Token {
	back, verifier, nonce := app.request("allow")
	options := append(app.proof(), oauth2.VerifierOption(verifier))
	token := must(app.Exchange(ctx, back.Get("code"), options...))
	demand(token.Extra("patient") == "amy-shaw", "no patient: %v", token)
	id := must(app.provider.Verifier(&oidc.Config{ClientID: app.ClientID}).Verify(ctx, token.Extra("id_token").(string)))
	demand(id.Nonce == nonce && id.Subject != "", "another id_token: %v", id)
	demand(reads(app.Client(ctx, token)) == 200, "it may read")
	return token
}

// Launch, read, refresh by itself, read again, userinfo, revoke.
func (app app) way(ctx context.Context) {
	token := app.launches(ctx)
	old := *token
	old.Expiry = time.Now().Add(-time.Minute)
	source := app.TokenSource(ctx, &old)
	refreshed := must(source.Token())
	demand(refreshed.AccessToken != token.AccessToken, "the same token")
	demand(refreshed.RefreshToken != token.RefreshToken, "the same refresh token")
	demand(reads(oauth2.NewClient(ctx, source)) == 200, "it may read")
	who := must(app.provider.UserInfo(ctx, source))
	demand(who.Subject != "", "nobody")
	app.revokes(refreshed.RefreshToken)
	demand(reads(oauth2.NewClient(ctx, oauth2.StaticTokenSource(refreshed))) == 401, "it is revoked")
}

// The library knows no revocation: a form of the program's own.
func (app app) revokes(token string) {
	form := url.Values{"token": {token}}
	if app.alg != "" {
		form.Set("client_assertion_type", assertionType)
		form.Set("client_assertion", assertion(app.ClientID, app.Endpoint.TokenURL, app.alg))
	}
	answer := post(app.ClientID, app.ClientSecret, app.Endpoint.AuthStyle, "revocation_endpoint", app.provider, form)
	answer.Body.Close()
	demand(answer.StatusCode == 200, "not revoked: %s", answer.Status)
}

func post(id, secret string, style oauth2.AuthStyle, endpoint string, provider *oidc.Provider, form url.Values) *http.Response {
	var metadata map[string]any
	demand(provider.Claims(&metadata) == nil, "metadata")
	if style == oauth2.AuthStyleInParams {
		form.Set("client_id", id)
		if secret != "" {
			form.Set("client_secret", secret)
		}
	}
	request := must(http.NewRequest("POST", metadata[endpoint].(string), strings.NewReader(form.Encode())))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if style == oauth2.AuthStyleInHeader {
		request.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
	}
	return must(http.DefaultClient.Do(request))
}

func service(ctx context.Context, clientID, alg string) {
	provider := must(oidc.NewProvider(ctx, world.Issuer))
	config := clientcredentials.Config{
		ClientID: clientID, TokenURL: provider.Endpoint().TokenURL, Scopes: []string{"system/*.rs"}, AuthStyle: oauth2.AuthStyleInParams,
		EndpointParams: url.Values{
			"client_assertion_type": {assertionType},
			"client_assertion":      {assertion(clientID, provider.Endpoint().TokenURL, alg)},
		},
	}
	token := must(config.Token(ctx))
	demand(token.Extra("scope") == "system/*.rs", "another scope: %v", token)
	demand(reads(oauth2.NewClient(ctx, oauth2.StaticTokenSource(token))) == 200, "it may read")
}

func refused(err error, code string, status int) {
	var refusal *oauth2.RetrieveError
	demand(errors.As(err, &refusal), "not refused: %v", err)
	demand(refusal.ErrorCode == code && refusal.Response.StatusCode == status, "refused as %s %s", refusal.ErrorCode, refusal.Response.Status)
}

var oauth2Ways = map[string]func(context.Context){
	"public": func(ctx context.Context) {
		found(ctx, "public-app", "", oauth2.AuthStyleInParams).way(ctx)
	},
	// The default of the library: Basic first, and the form where that was refused.
	"detected": func(ctx context.Context) {
		found(ctx, "public-app", "", oauth2.AuthStyleAutoDetect).launches(ctx)
		found(ctx, "symmetric-app", symmetricSecret, oauth2.AuthStyleAutoDetect).launches(ctx)
		found(ctx, "post-app", "post-secret-of-more-than-thirty-two-characters", oauth2.AuthStyleAutoDetect).launches(ctx)
	},
	"basic": func(ctx context.Context) {
		found(ctx, "symmetric-app", symmetricSecret, oauth2.AuthStyleInHeader).way(ctx)
	},
	"encoded": func(ctx context.Context) {
		app := found(ctx, "encoded app", "a secret+with/all=that&form%20encoding:changes", oauth2.AuthStyleInHeader)
		app.Scopes = []string{"openid", "launch/patient", "patient/*.rs"}
		app.launches(ctx)
	},
	"post": func(ctx context.Context) {
		found(ctx, "post-app", "post-secret-of-more-than-thirty-two-characters", oauth2.AuthStyleInParams).way(ctx)
	},
	"rs384": func(ctx context.Context) {
		signed(ctx, "rs384-app", "RS384").launches(ctx)
	},
	"es384": func(ctx context.Context) {
		signed(ctx, "es384-app", "ES384").launches(ctx)
	},
	"services": func(ctx context.Context) {
		service(ctx, "rs384-service", "RS384")
		service(ctx, "es384-service", "ES384")
	},
	"password": func(ctx context.Context) {
		app := found(ctx, "password-app", "password-app-secret-of-more-than-32-characters", oauth2.AuthStyleInHeader)
		app.Scopes = []string{"launch/patient", "patient/*.rs"}
		token := must(app.PasswordCredentialsToken(ctx, "amy", world.Password))
		demand(reads(app.Client(ctx, token)) == 200, "it may read")
	},
	"refusals": func(ctx context.Context) {
		public := found(ctx, "public-app", "", oauth2.AuthStyleInParams)
		back, _, _ := public.request("deny")
		demand(back.Get("error") == "access_denied", "not denied: %v", back)
		back, verifier, _ := public.request("allow")
		token := must(public.Exchange(ctx, back.Get("code"), oauth2.VerifierOption(verifier)))
		_, err := public.Exchange(ctx, back.Get("code"), oauth2.VerifierOption(verifier))
		refused(err, "invalid_grant", 400)
		demand(reads(public.Client(ctx, token)) == 401, "its tokens are revoked")
		wrong := found(ctx, "symmetric-app", "wrong", oauth2.AuthStyleInHeader)
		_, err = wrong.Exchange(ctx, "a-code")
		refused(err, "invalid_client", 401)
		without := found(ctx, "symmetric-app", symmetricSecret, oauth2.AuthStyleInHeader)
		_, err = without.PasswordCredentialsToken(ctx, "amy", world.Password)
		refused(err, "unauthorized_client", 400)
	},
	// go-oidc judges id_tokens. As the app's own validator it refuses one that is for another app.
	"strangers": func(ctx context.Context) {
		app := found(ctx, "public-app", "", oauth2.AuthStyleInParams)
		token := app.launches(ctx)
		_, err := app.provider.Verifier(&oidc.Config{ClientID: "symmetric-app"}).Verify(ctx, token.Extra("id_token").(string))
		demand(err != nil, "an id_token for another app")
		_, err = oidc.NewProvider(ctx, world.Issuer+"/")
		demand(err != nil, "another issuer")
	},
}
