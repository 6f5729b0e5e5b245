// zitadel/oidc, a certified and strict relying party: it checks the issuer, the id_token with `at_hash`, and PKCE.
package main

import (
	"context"
	"net/http"
	"net/url"

	"github.com/zitadel/oidc/v3/pkg/client"
	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/client/rs"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"golang.org/x/oauth2"
)

// What the id_token must hold. One that comes with a refresh has no nonce (OpenID Connect Core §12.2).
type nonceKey struct{}

func nonceOf(ctx context.Context) string {
	nonce, _ := ctx.Value(nonceKey{}).(string)
	return nonce
}

func relyingParty(ctx context.Context, clientID, secret string, style oauth2.AuthStyle, scopes ...string) rp.RelyingParty {
	return must(rp.NewRelyingPartyOIDC(ctx, world.Issuer, clientID, secret, redirectURI, scopes,
		rp.WithAuthStyle(style), rp.WithSigningAlgsFromDiscovery(),
		rp.WithVerifierOpts(rp.WithNonce(nonceOf))))
}

// Those of the library live an hour, and it signs RS256 and ES256 alone; so a program makes its own.
func shortAssertion(party rp.RelyingParty, alg string) string {
	return assertion(party.OAuthConfig().ClientID, party.Issuer(), alg)
}

func tokensOf(ctx context.Context, party rp.RelyingParty, alg string) *oidc.Tokens[*oidc.IDTokenClaims] {
	verifier := oauth2.GenerateVerifier()
	aud := rp.WithURLParam("aud", world.FHIR)
	nonce := rp.WithURLParam("nonce", "a-nonce")
	asked := context.WithValue(ctx, nonceKey{}, "a-nonce")
	start := rp.AuthURL("a-state", party, rp.AuthURLOpt(aud), rp.AuthURLOpt(nonce), rp.WithCodeChallenge(oidc.NewSHACodeChallenge(verifier)))
	back := answers(start, "allow")
	demand(back.Get("state") == "a-state", "another state: %v", back)
	options := []rp.CodeExchangeOpt{rp.WithCodeVerifier(verifier)}
	if alg != "" {
		options = append(options, rp.WithClientAssertionJWT(shortAssertion(party, alg)))
	}
	tokens := must(rp.CodeExchange[*oidc.IDTokenClaims](asked, back.Get("code"), party, options...))
	demand(tokens.Extra("patient") == "amy-shaw", "no patient: %v", tokens.Token)
	demand(tokens.IDTokenClaims.Subject != "", "nobody")
	demand(readsWith(tokens.AccessToken) == 200, "it may read")
	return tokens
}

func readsWith(token string) int {
	return reads(oauth2.NewClient(context.Background(), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token})))
}

func zitadelWay(ctx context.Context, party rp.RelyingParty, alg string) {
	tokens := tokensOf(ctx, party, alg)
	var proof, kind string
	if alg != "" {
		proof, kind = shortAssertion(party, alg), oidc.ClientAssertionTypeJWTAssertion
	}
	refreshed := must(rp.RefreshTokens[*oidc.IDTokenClaims](ctx, party, tokens.RefreshToken, proof, kind))
	demand(refreshed.AccessToken != tokens.AccessToken, "the same token")
	demand(readsWith(refreshed.AccessToken) == 200, "it may read")
	who := must(rp.Userinfo[*oidc.UserInfo](ctx, refreshed.AccessToken, "Bearer", tokens.IDTokenClaims.Subject, party))
	demand(who.Subject == tokens.IDTokenClaims.Subject, "somebody else")
	if alg == "" {
		demand(rp.RevokeToken(ctx, party, refreshed.RefreshToken, "refresh_token") == nil, "not revoked")
	} else {
		request := client.RevokeRequest{Token: refreshed.RefreshToken, ClientAssertion: shortAssertion(party, alg), ClientAssertionType: kind}
		demand(client.CallRevokeEndpoint(ctx, request, nil, party.(client.RevokeCaller)) == nil, "not revoked")
	}
	demand(readsWith(refreshed.AccessToken) == 401, "it is revoked")
}

var zitadelWays = map[string]func(context.Context){
	"public": func(ctx context.Context) {
		zitadelWay(ctx, relyingParty(ctx, "public-app", "", oauth2.AuthStyleInParams, scopes...), "")
	},
	"basic": func(ctx context.Context) {
		zitadelWay(ctx, relyingParty(ctx, "symmetric-app", symmetricSecret, oauth2.AuthStyleInHeader, scopes...), "")
	},
	"post": func(ctx context.Context) {
		secret := "post-secret-of-more-than-thirty-two-characters"
		zitadelWay(ctx, relyingParty(ctx, "post-app", secret, oauth2.AuthStyleInParams, scopes...), "")
	},
	"rs384": func(ctx context.Context) {
		zitadelWay(ctx, relyingParty(ctx, "rs384-app", "", oauth2.AuthStyleInParams, scopes...), "RS384")
	},
	"es384": func(ctx context.Context) {
		zitadelWay(ctx, relyingParty(ctx, "es384-app", "", oauth2.AuthStyleInParams, scopes...), "ES384")
	},
	"services": func(ctx context.Context) {
		for clientID, alg := range map[string]string{"rs384-service": "RS384", "es384-service": "ES384"} {
			party := relyingParty(ctx, clientID, "", oauth2.AuthStyleInParams, "system/*.rs")
			token := must(rp.ClientCredentials(ctx, party, url.Values{
				"client_assertion": {shortAssertion(party, alg)}, "client_assertion_type": {oidc.ClientAssertionTypeJWTAssertion},
			}))
			demand(readsWith(token.AccessToken) == 200, "it may read")
		}
	},
	// RS256, which this key is not registered for, and an hour long.
	"own": func(ctx context.Context) {
		key := world.Keys["RS384"]
		party := must(rp.NewRelyingPartyOIDC(ctx, world.Issuer, "rs384-app", "", redirectURI, scopes,
			rp.WithAuthStyle(oauth2.AuthStyleInParams), rp.WithJWTProfile(rp.SignerFromKeyAndKeyID([]byte(key.PEM), key.Kid))))
		_, err := rp.RefreshTokens[*oidc.IDTokenClaims](ctx, party, "a-token", "", "")
		refusal, known := err.(*oidc.Error)
		demand(known && string(refusal.ErrorType) == "invalid_client", "not refused: %v", err)
	},
	"introspection": func(ctx context.Context) {
		tokens := tokensOf(ctx, relyingParty(ctx, "public-app", "", oauth2.AuthStyleInParams, scopes...), "")
		server := must(rs.NewResourceServerClientCredentials(ctx, world.Issuer, "harbour-fhir", fhirSecret))
		answer := must(rs.Introspect[*oidc.IntrospectionResponse](ctx, server, tokens.AccessToken))
		demand(answer.Active && answer.ClientID == "public-app" && answer.Claims["patient"] == "amy-shaw", "another answer: %v", answer)
		nonsense := must(rs.Introspect[*oidc.IntrospectionResponse](ctx, server, "nonsense"))
		demand(!nonsense.Active, "nonsense is active")
	},
	// The page that the person is sent to when they sign out.
	"signs-out": func(ctx context.Context) {
		party := relyingParty(ctx, "public-app", "", oauth2.AuthStyleInParams, scopes...)
		tokens := tokensOf(ctx, party, "")
		where := party.GetEndSessionEndpoint() + "?" + url.Values{"id_token_hint": {tokens.IDToken}}.Encode()
		answer := must(http.Get(where))
		demand(answer.StatusCode == 200, "no page: %s", answer.Status)
		answer.Body.Close()
	},
}
