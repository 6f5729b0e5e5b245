package foreign;

import static foreign.Main.demand;
import static foreign.Person.FHIR;
import static foreign.Person.ISSUER;
import static foreign.Person.REDIRECT_URI;
import static foreign.Person.reads;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.AuthorizationGrant;
import com.nimbusds.oauth2.sdk.ClientCredentialsGrant;
import com.nimbusds.oauth2.sdk.RefreshTokenGrant;
import com.nimbusds.oauth2.sdk.ResourceOwnerPasswordCredentialsGrant;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenIntrospectionRequest;
import com.nimbusds.oauth2.sdk.TokenIntrospectionResponse;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.TokenRevocationRequest;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.ClientSecretPost;
import com.nimbusds.oauth2.sdk.auth.PrivateKeyJWT;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.oauth2.sdk.token.BearerAccessToken;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.AuthenticationResponse;
import com.nimbusds.openid.connect.sdk.AuthenticationResponseParser;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.UserInfoRequest;
import com.nimbusds.openid.connect.sdk.UserInfoResponse;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import java.net.URI;
import java.security.PrivateKey;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** The Nimbus SDK: most of what Java knows of OAuth stands on it. */
final class Nimbus {
    static final Map<String, Main.Way> WAYS = Map.ofEntries(
        Map.entry("public", () -> new App("public-app", null).way()),
        Map.entry("basic", () -> new App("symmetric-app", Nimbus::basic).way()),
        Map.entry("encoded", () -> {
            var secret = new Secret("a secret+with/all=that&form%20encoding:changes");
            new App("encoded app", () -> new ClientSecretBasic(new ClientID("encoded app"), secret), "openid launch/patient patient/*.rs").launch();
        }),
        Map.entry("post", () -> {
            var secret = new Secret("post-secret-of-more-than-thirty-two-characters");
            new App("post-app", () -> new ClientSecretPost(new ClientID("post-app"), secret)).way();
        }),
        Map.entry("rs384", () -> new App("rs384-app", () -> signed("rs384-app", "RS384")).way()),
        Map.entry("es384", () -> new App("es384-app", () -> signed("es384-app", "ES384")).way()),
        Map.entry("services", () -> {
            service("rs384-service", "RS384");
            service("es384-service", "ES384");
        }),
        Map.entry("password", () -> {
            var proof = new ClientSecretBasic(new ClientID("password-app"), new Secret("password-app-secret-of-more-than-32-characters"));
            var grant = new ResourceOwnerPasswordCredentialsGrant("amy", new Secret((String) Person.WORLD.get("password")));
            var answer = send(new TokenRequest.Builder(metadata().getTokenEndpointURI(), proof, grant).scope(Scope.parse("launch/patient patient/*.rs")));
            demand(reads(answer.toSuccessResponse().getTokens().getAccessToken().getValue()) == 200, "it may read");
        }),
        Map.entry("introspection", Nimbus::introspection),
        Map.entry("validation", Nimbus::validation),
        Map.entry("refusals", Nimbus::refusals));

    static OIDCProviderMetadata metadata() throws Exception {
        return OIDCProviderMetadata.resolve(new Issuer(ISSUER));
    }

    private static ClientAuthentication basic() {
        return new ClientSecretBasic(new ClientID("symmetric-app"), new Secret("symmetric-secret-of-more-than-32-characters"));
    }

    private static ClientAuthentication signed(String clientId, String alg) {
        try {
            var key = Person.key(alg);
            PrivateKey secret = Person.privateKey(alg);
            return new PrivateKeyJWT(new ClientID(clientId), metadata().getTokenEndpointURI(), JWSAlgorithm.parse(alg), secret, key.get("kid"), null);
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
    }

    private static TokenResponse send(TokenRequest.Builder request) throws Exception {
        return OIDCTokenResponseParser.parse(request.build().toHTTPRequest().send());
    }

    /** @param proof made for each request, since an assertion is used once; null for a public app */
    record App(String id, Supplier<ClientAuthentication> proof, String scope) {
        App(String id, Supplier<ClientAuthentication> proof) {
            this(id, proof, "openid launch/patient offline_access patient/*.rs");
        }

        /** What the app asked, and the URL at which it has its answer. */
        record Asked(URI back, State state, Nonce nonce, CodeVerifier verifier) {
            AuthorizationCode code() throws Exception {
                AuthenticationResponse answer = AuthenticationResponseParser.parse(back);
                demand(answer.getState().equals(state) && answer.getIssuer().getValue().equals(ISSUER), "another answer: " + back);
                return answer.toSuccessResponse().getAuthorizationCode();
            }
        }

        Asked asks(String decision) throws Exception {
            var state = new State();
            var nonce = new Nonce();
            var verifier = new CodeVerifier();
            var request = new AuthenticationRequest.Builder(ResponseType.CODE, Scope.parse(scope), new ClientID(id), REDIRECT_URI)
                .endpointURI(metadata().getAuthorizationEndpointURI())
                .state(state).nonce(nonce)
                .codeChallenge(verifier, CodeChallengeMethod.S256)
                .customParameter("aud", FHIR)
                .build();
            return new Asked(new Person().answers(request.toURI(), decision), state, nonce, verifier);
        }

        TokenRequest.Builder request(AuthorizationGrant grant) throws Exception {
            var endpoint = metadata().getTokenEndpointURI();
            return proof == null ? new TokenRequest.Builder(endpoint, new ClientID(id), grant) : new TokenRequest.Builder(endpoint, proof.get(), grant);
        }

        OIDCTokenResponse launch() throws Exception {
            var asked = asks("allow");
            var answer = send(request(new AuthorizationCodeGrant(asked.code(), REDIRECT_URI, asked.verifier)));
            demand(answer.indicatesSuccess(), answer.toHTTPResponse().getBody());
            var tokens = (OIDCTokenResponse) answer.toSuccessResponse();
            demand("amy-shaw".equals(tokens.getCustomParameters().get("patient")), "no patient");
            var validator = new IDTokenValidator(new Issuer(ISSUER), new ClientID(id), JWSAlgorithm.RS256, metadata().getJWKSetURI().toURL());
            validator.validate(tokens.getOIDCTokens().getIDToken(), asked.nonce);
            demand(reads(access(tokens)) == 200, "it may read");
            return tokens;
        }

        /** Launch, userinfo, refresh with and without a narrower scope, revocation. */
        void way() throws Exception {
            var tokens = launch();
            var userinfo = new UserInfoRequest(metadata().getUserInfoEndpointURI(), tokens.getTokens().getBearerAccessToken());
            var who = UserInfoResponse.parse(userinfo.toHTTPRequest().send()).toSuccessResponse().getUserInfo();
            demand(who.getSubject().getValue().equals(tokens.getOIDCTokens().getIDToken().getJWTClaimsSet().getSubject()), "somebody else");
            var second = send(request(new RefreshTokenGrant(tokens.getTokens().getRefreshToken()))).toSuccessResponse();
            demand(reads(access(second)) == 200, "it may read");
            var narrow = request(new RefreshTokenGrant(second.getTokens().getRefreshToken())).scope(Scope.parse("launch/patient patient/Patient.rs"));
            var third = send(narrow).toSuccessResponse();
            demand(!third.getTokens().getAccessToken().getScope().toString().contains("*"), third.getTokens().getAccessToken().getScope());
            demand(reads(access(third)) == 200, "it may read");
            var endpoint = metadata().getRevocationEndpointURI();
            var token = third.getTokens().getRefreshToken();
            var revocation = proof == null
                ? new TokenRevocationRequest(endpoint, new ClientID(id), token)
                : new TokenRevocationRequest(endpoint, proof.get(), token);
            demand(revocation.toHTTPRequest().send().indicatesSuccess(), "not revoked");
            demand(reads(access(third)) == 401, "it is revoked");
        }
    }

    private static String access(com.nimbusds.oauth2.sdk.AccessTokenResponse answer) {
        return answer.getTokens().getAccessToken().getValue();
    }

    private static void service(String clientId, String alg) throws Exception {
        var request = new TokenRequest.Builder(metadata().getTokenEndpointURI(), signed(clientId, alg), new ClientCredentialsGrant());
        var answer = send(request.scope(Scope.parse("system/*.rs")));
        demand(answer.indicatesSuccess(), answer.toHTTPResponse().getBody());
        demand(reads(access(answer.toSuccessResponse())) == 200, "it may read");
    }

    private static void introspection() throws Exception {
        var token = access(new App("public-app", null).launch());
        var fhir = new ClientSecretBasic(new ClientID("harbour-fhir"), new Secret("harbour-fhir-secret-of-more-than-32-characters"));
        var endpoint = metadata().getIntrospectionEndpointURI();
        var request = new TokenIntrospectionRequest(endpoint, fhir, new BearerAccessToken(token));
        var answer = TokenIntrospectionResponse.parse(request.toHTTPRequest().send()).toSuccessResponse();
        demand(answer.isActive() && answer.getClientID().getValue().equals("public-app"), answer.toJSONObject());
        demand("amy-shaw".equals(answer.getStringParameter("patient")), answer.toJSONObject());
        var nonsense = new TokenIntrospectionRequest(endpoint, fhir, new BearerAccessToken("nonsense"));
        demand(!TokenIntrospectionResponse.parse(nonsense.toHTTPRequest().send()).toSuccessResponse().isActive(), "nonsense is active");
    }

    /** RFC 9068 §4, with the SDK's JWT processor: an access token is accepted, the id_token of the same launch is not. */
    private static void validation() throws Exception {
        var tokens = new App("public-app", null).launch();
        var processor = new DefaultJWTProcessor<SecurityContext>();
        processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("at+jwt")));
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(
            new HashSet<>(Set.of(JWSAlgorithm.ES256, JWSAlgorithm.RS256)), JWKSourceBuilder.create(metadata().getJWKSetURI().toURL()).build()));
        processor.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>(
            FHIR, new JWTClaimsSet.Builder().issuer(ISSUER).build(), Set.of("exp", "sub", "client_id", "scope")));
        demand(processor.process(access(tokens), null).getStringClaim("client_id").equals("public-app"), "another client");
        try {
            processor.process(tokens.getOIDCTokens().getIDTokenString(), null);
            throw new AssertionError("an id_token is no access token");
        } catch (BadJOSEException expected) {
            // It has another type.
        }
    }

    private static void refusals() throws Exception {
        var app = new App("public-app", null);
        var denied = AuthenticationResponseParser.parse(app.asks("deny").back);
        demand(denied.toErrorResponse().getErrorObject().getCode().equals("access_denied"), "not denied");
        var asked = app.asks("allow");
        var grant = new AuthorizationCodeGrant(asked.code(), REDIRECT_URI, asked.verifier);
        var token = access(send(app.request(grant)).toSuccessResponse());
        refused(send(app.request(grant)), "invalid_grant", 400);
        demand(reads(token) == 401, "its tokens are revoked");
        var wrong = new ClientSecretBasic(new ClientID("symmetric-app"), new Secret("wrong"));
        refused(send(new App("symmetric-app", () -> wrong).request(grant)), "invalid_client", 401);
        refused(send(new App("symmetric-app", Nimbus::basic).request(new ClientCredentialsGrant())), "unauthorized_client", 400);
    }

    private static void refused(TokenResponse answer, String code, int status) {
        var error = answer.toErrorResponse().getErrorObject();
        demand(error.getCode().equals(code) && error.getHTTPStatusCode() == status, error.toJSONObject());
    }
}
