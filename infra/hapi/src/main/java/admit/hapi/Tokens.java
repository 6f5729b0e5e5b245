package admit.hapi;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import jakarta.servlet.DispatcherType;
import java.util.List;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.authentication.ProviderManager;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2TokenValidator;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtClaimNames;
import org.springframework.security.oauth2.jwt.JwtClaimValidator;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtValidators;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.oauth2.jwt.SupplierJwtDecoder;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationProvider;
import org.springframework.security.oauth2.server.resource.authentication.OpaqueTokenAuthenticationProvider;
import org.springframework.security.oauth2.server.resource.introspection.OpaqueTokenIntrospector;
import org.springframework.security.oauth2.server.resource.introspection.SpringOpaqueTokenIntrospector;
import org.springframework.security.oauth2.server.resource.web.DefaultBearerTokenResolver;
import org.springframework.security.web.SecurityFilterChain;

/** Whether a token is good, and for this server: by the token itself, or by asking Admit for each request ({@code admit.judge}). */
@Configuration
@EnableWebSecurity
class Tokens {
    /** The tenant's issuer, and this server's base URL exactly as it stands in the tenant's file. */
    @Value("${admit.issuer}")
    private String issuer;
    @Value("${admit.fhir}")
    private String fhir;

    @Bean
    SecurityFilterChain chain(HttpSecurity http, @Value("${admit.judge:jwt}") String judge,
            @Value("${admit.name:}") String name, @Value("${admit.secret:}") String secret) throws Exception {
        AuthenticationManager byItself = new ProviderManager(new JwtAuthenticationProvider(judged()));
        AuthenticationManager byAsking = new ProviderManager(new OpaqueTokenAuthenticationProvider(asked(name, secret)));
        var tokens = new DefaultBearerTokenResolver();
        return http.csrf(csrf -> csrf.disable())
            .sessionManagement(session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
            // Each app reads these before it has a token.
            .authorizeHttpRequests(requests -> requests
                // Where Admit can't be asked, Spring goes on to the page for errors: without a token that is no 401, which would say that the token is bad.
                .dispatcherTypeMatchers(DispatcherType.ERROR).permitAll()
                .requestMatchers("/fhir/metadata", "/fhir/.well-known/smart-configuration").permitAll()
                .anyRequest().authenticated())
            // A reference token says nothing by itself, so Admit is asked about it in either case.
            .oauth2ResourceServer(server -> server.authenticationManagerResolver(
                request -> judge.equals("jwt") && isJwt(tokens.resolve(request)) ? byItself : byAsking))
            .build();
    }

    private static boolean isJwt(String token) {
        return token.chars().filter(it -> it == '.').count() == 2;
    }

    /** RFC 9068 §4. Discovery is read with the first token, so that either server may start first. */
    private JwtDecoder judged() {
        return new SupplierJwtDecoder(() -> {
            var decoder = NimbusJwtDecoder.withIssuerLocation(issuer)
                .jwsAlgorithm(SignatureAlgorithm.ES256)
                .jwtProcessorCustomizer(it -> it.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("at+jwt"))))
                .build();
            OAuth2TokenValidator<Jwt> forMe = new JwtClaimValidator<List<String>>(JwtClaimNames.AUD, aud -> aud != null && aud.contains(fhir));
            decoder.setJwtValidator(new DelegatingOAuth2TokenValidator<>(JwtValidators.createDefaultWithIssuer(issuer), forMe));
            return decoder;
        });
    }

    /** RFC 7662. Admit says "active" of access tokens for this server alone. */
    private OpaqueTokenIntrospector asked(String name, String secret) {
        return new SpringOpaqueTokenIntrospector(issuer + "/introspect", name, secret);
    }
}
