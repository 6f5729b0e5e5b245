package foreign;

import static foreign.Person.FHIR;

import java.util.Map;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.client.AuthorizedClientServiceOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.annotation.RegisteredOAuth2AuthorizedClient;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** What the application shows. */
@RestController
class SpringPages {
    private final AuthorizedClientServiceOAuth2AuthorizedClientManager services;

    SpringPages(AuthorizedClientServiceOAuth2AuthorizedClientManager services) {
        this.services = services;
    }

    /** Where an EHR launches the app. */
    @GetMapping("/launch")
    ResponseEntity<Void> launch(String iss, String launch) {
        if (!FHIR.equals(iss)) return ResponseEntity.badRequest().build();
        return ResponseEntity.status(302).header("location", "/oauth2/authorization/ehr?launch=" + launch).build();
    }

    @GetMapping("/")
    Map<String, Object> page(@AuthenticationPrincipal OidcUser user, @RegisteredOAuth2AuthorizedClient OAuth2AuthorizedClient client) {
        return Map.of("sub", user.getSubject(), "patient", user.getClaims().get("patient"), "access_token", client.getAccessToken().getTokenValue());
    }

    @GetMapping("/later")
    Map<String, String> later(Authentication who, @RegisteredOAuth2AuthorizedClient OAuth2AuthorizedClient client) {
        var registration = client.getClientRegistration().getRegistrationId();
        var refreshed = services.authorize(OAuth2AuthorizeRequest.withClientRegistrationId(registration).principal(who).build());
        return Map.of("access_token", refreshed.getAccessToken().getTokenValue());
    }
}
