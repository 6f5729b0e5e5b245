package foreign;

import static foreign.Person.FHIR;
import static foreign.Person.ISSUER;
import static foreign.Person.REDIRECT_URI;

import com.nimbusds.jose.Algorithm;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.function.Function;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.oauth2.client.AuthorizedClientServiceOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientProviderBuilder;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientService;
import org.springframework.security.oauth2.client.endpoint.AbstractOAuth2AuthorizationGrantRequest;
import org.springframework.security.oauth2.client.endpoint.AbstractRestClientOAuth2AccessTokenResponseClient;
import org.springframework.security.oauth2.client.endpoint.NimbusJwtClientAuthenticationParametersConverter;
import org.springframework.security.oauth2.client.endpoint.RestClientAuthorizationCodeTokenResponseClient;
import org.springframework.security.oauth2.client.endpoint.RestClientClientCredentialsTokenResponseClient;
import org.springframework.security.oauth2.client.endpoint.RestClientRefreshTokenTokenResponseClient;
import org.springframework.security.oauth2.client.oidc.userinfo.OidcUserRequest;
import org.springframework.security.oauth2.client.oidc.userinfo.OidcUserService;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.registration.ClientRegistrations;
import org.springframework.security.oauth2.client.registration.InMemoryClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizationRequestResolver;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestCustomizers;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestResolver;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;
import org.springframework.security.oauth2.core.oidc.OidcUserInfo;
import org.springframework.security.oauth2.core.oidc.user.DefaultOidcUser;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.web.SecurityFilterChain;

/** What Spring's documentation says, and the three things that SMART needs beside it: `aud`, `launch`, and the `patient` of the answer. */
@SpringBootApplication
class SpringApp {
    private static final String SCOPE = "openid launch/patient offline_access patient/*.rs";

    @Bean
    ClientRegistrationRepository registrations() {
        var public_ = ClientAuthenticationMethod.NONE;
        var basic = ClientAuthenticationMethod.CLIENT_SECRET_BASIC;
        var key = ClientAuthenticationMethod.PRIVATE_KEY_JWT;
        var found = new ArrayList<ClientRegistration>();
        found.add(app("public", "public-app", public_, "openid profile launch/patient offline_access patient/*.rs").build());
        found.add(app("ehr", "public-app", public_, "openid fhirUser launch patient/*.rs").build());
        found.add(app("basic", "symmetric-app", basic, SCOPE).clientSecret("symmetric-secret-of-more-than-32-characters").build());
        found.add(app("wrong-secret", "symmetric-app", basic, SCOPE).clientSecret("wrong").build());
        var post = "post-secret-of-more-than-thirty-two-characters";
        found.add(app("post", "post-app", ClientAuthenticationMethod.CLIENT_SECRET_POST, SCOPE).clientSecret(post).build());
        found.add(app("rs384", "rs384-app", key, SCOPE).build());
        found.add(app("es384", "es384-app", key, SCOPE).build());
        found.add(service("rs384-service", key).build());
        found.add(service("es384-service", key).build());
        found.add(service("without-the-grant", basic).clientId("symmetric-app").clientSecret("symmetric-secret-of-more-than-32-characters").build());
        return new InMemoryClientRegistrationRepository(found);
    }

    private static ClientRegistration.Builder app(String id, String clientId, ClientAuthenticationMethod method, String scope) {
        return ClientRegistrations.fromIssuerLocation(ISSUER).registrationId(id).clientId(clientId)
            .clientAuthenticationMethod(method).scope(scope.split(" ")).redirectUri(REDIRECT_URI.toString());
    }

    private static ClientRegistration.Builder service(String clientId, ClientAuthenticationMethod method) {
        return app(clientId, clientId, method, "system/*.rs").authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS);
    }

    @Bean
    SecurityFilterChain security(HttpSecurity http, OAuth2AuthorizationRequestResolver requests) throws Exception {
        return http
            .authorizeHttpRequests(it -> it.requestMatchers("/launch").permitAll().anyRequest().authenticated())
            .oauth2Login(login -> login
                .authorizationEndpoint(endpoint -> endpoint.authorizationRequestResolver(requests))
                .redirectionEndpoint(endpoint -> endpoint.baseUri("/callback"))
                .tokenEndpoint(endpoint -> endpoint.accessTokenResponseClient(signing(new RestClientAuthorizationCodeTokenResponseClient())))
                .userInfoEndpoint(endpoint -> endpoint.oidcUserService(new WithPatient()))
                .defaultSuccessUrl("/", true)
                .failureHandler((request, response, error) -> response.sendRedirect("/refused?" + error.getMessage().replaceAll("[^a-z_]", "-"))))
            .build();
    }

    /** `aud` goes with each request (SMART), `launch` with those that an EHR began, and PKCE with confidential apps too. */
    @Bean
    OAuth2AuthorizationRequestResolver requests(ClientRegistrationRepository registrations) {
        var standard = new DefaultOAuth2AuthorizationRequestResolver(registrations, "/oauth2/authorization");
        standard.setAuthorizationRequestCustomizer(
            OAuth2AuthorizationRequestCustomizers.withPkce().andThen(request -> request.additionalParameters(more -> more.put("aud", FHIR))));
        return new OAuth2AuthorizationRequestResolver() {
            @Override
            public OAuth2AuthorizationRequest resolve(HttpServletRequest request) {
                return launched(request, standard.resolve(request));
            }

            @Override
            public OAuth2AuthorizationRequest resolve(HttpServletRequest request, String registration) {
                return launched(request, standard.resolve(request, registration));
            }
        };
    }

    private static OAuth2AuthorizationRequest launched(HttpServletRequest request, OAuth2AuthorizationRequest resolved) {
        var launch = request.getParameter("launch");
        if (resolved == null || launch == null) return resolved;
        return OAuth2AuthorizationRequest.from(resolved).additionalParameters(more -> more.put("launch", launch)).build();
    }

    /** Spring gives the token response's own members to nobody but this service. */
    private static final class WithPatient extends OidcUserService {
        @Override
        public OidcUser loadUser(OidcUserRequest request) {
            var user = super.loadUser(request);
            var claims = new HashMap<String, Object>();
            if (user.getUserInfo() != null) claims.putAll(user.getUserInfo().getClaims());
            claims.put("patient", request.getAdditionalParameters().get("patient"));
            return new DefaultOidcUser(user.getAuthorities(), user.getIdToken(), new OidcUserInfo(claims));
        }
    }

    private static <R extends AbstractOAuth2AuthorizationGrantRequest, T extends AbstractRestClientOAuth2AccessTokenResponseClient<R>> T signing(T client) {
        client.addParametersConverter(new NimbusJwtClientAuthenticationParametersConverter<>(KEYS));
        return client;
    }

    /** Spring signs with the algorithm that the JWK names; without one, an RSA key makes RS256. */
    private static final Function<ClientRegistration, JWK> KEYS = registration -> key(registration.getClientId().startsWith("rs") ? "RS384" : "ES384");

    private static JWK key(String alg) {
        try {
            var secret = Person.privateKey(alg);
            var open = JWK.parse(Person.key(alg).get("jwk"));
            return open instanceof RSAKey rsa
                ? new RSAKey.Builder(rsa).privateKey(secret).algorithm(new Algorithm(alg)).build()
                : new ECKey.Builder((ECKey) open).privateKey(secret).algorithm(new Algorithm(alg)).build();
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
    }

    @Bean
    AuthorizedClientServiceOAuth2AuthorizedClientManager services(ClientRegistrationRepository registrations, OAuth2AuthorizedClientService clients) {
        var manager = new AuthorizedClientServiceOAuth2AuthorizedClientManager(registrations, clients);
        manager.setAuthorizedClientProvider(OAuth2AuthorizedClientProviderBuilder.builder()
            .clientCredentials(grant -> grant.accessTokenResponseClient(signing(new RestClientClientCredentialsTokenResponseClient())))
            // So that each token is over for Spring, and is refreshed.
            .refreshToken(grant -> grant.accessTokenResponseClient(signing(new RestClientRefreshTokenTokenResponseClient())).clockSkew(Duration.ofHours(2)))
            .build());
        return manager;
    }
}
