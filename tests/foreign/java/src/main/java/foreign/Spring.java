package foreign;

import static foreign.Main.demand;
import static foreign.Person.FHIR;
import static foreign.Person.ISSUER;
import static foreign.Person.REDIRECT_URI;
import static foreign.Person.reads;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Base64;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.security.oauth2.client.AuthorizedClientServiceOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;

/** A Spring Boot application with Spring Security's own sign-in, and a person who uses it. */
final class Spring {
    static final Map<String, Main.Way> WAYS = Map.of(
        "public", () -> way("public"),
        "basic", () -> way("basic"),
        "post", () -> way("post"),
        "rs384", () -> way("rs384"),
        "es384", () -> way("es384"),
        "launch", Spring::launchedByTheEhr,
        "services", () -> {
            service("rs384-service");
            service("es384-service");
        },
        "refusals", Spring::refusals);

    /** Started by the first way that needs it. */
    private static final class Started {
        static final ConfigurableApplicationContext APP = SpringApplication.run(SpringApp.class,
            "--server.port=0", "--server.address=127.0.0.1", "--spring.main.banner-mode=off", "--logging.level.root=WARN");
    }

    private static URI app(String path) {
        return URI.create("http://127.0.0.1:" + Started.APP.getEnvironment().getProperty("local.server.port") + path);
    }

    /** Signs in at the app; what its first page says then. */
    private static Map<String, Object> signsIn(Person person, String start) throws Exception {
        var back = person.answers(app(start), "allow");
        return page(person, back);
    }

    private static Map<String, Object> page(Person person, URI back) throws Exception {
        var answer = person.opens(app("/callback?" + back.getRawQuery()));
        demand(answer.statusCode() == 302, answer.body());
        var page = person.opens(answer.uri().resolve(answer.headers().firstValue("location").orElseThrow()));
        demand(page.statusCode() == 200, page.statusCode() + " " + page.uri() + " " + page.body());
        return JSONObjectUtils.parse(page.body());
    }

    private static void way(String registration) throws Exception {
        var person = new Person();
        var said = signsIn(person, "/oauth2/authorization/" + registration);
        demand("amy-shaw".equals(said.get("patient")), said);
        demand(reads((String) said.get("access_token")) == 200, "it may read");
        // The second look is an hour later for Spring, so it refreshes.
        var later = JSONObjectUtils.parse(person.opens(app("/later")).body());
        demand(!later.get("access_token").equals(said.get("access_token")), "the same token");
        demand(reads((String) later.get("access_token")) == 200, "it may read");
    }

    private static void launchedByTheEhr() throws Exception {
        var credentials = Base64.getEncoder().encodeToString("harbour-ehr:harbour-ehr-secret-of-more-than-32-characters".getBytes());
        var request = HttpRequest.newBuilder(URI.create(ISSUER + "/launchContext"))
            .header("authorization", "Basic " + credentials).header("content-type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString("patient=amy-shaw"));
        var answer = HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
        var launch = JSONObjectUtils.parse(answer.body()).get("launchContextIdentifier");
        var said = signsIn(new Person(), "/launch?iss=" + FHIR + "&launch=" + launch);
        demand("amy-shaw".equals(said.get("patient")), said);
        demand(new Person().opens(app("/launch?iss=https://elsewhere.example/fhir&launch=" + launch)).statusCode() == 400, "another FHIR server");
    }

    private static void service(String registration) throws Exception {
        var manager = Started.APP.getBean(AuthorizedClientServiceOAuth2AuthorizedClientManager.class);
        var client = manager.authorize(OAuth2AuthorizeRequest.withClientRegistrationId(registration).principal(registration).build());
        demand(client.getAccessToken().getScopes().contains("system/*.rs"), client.getAccessToken().getScopes());
        demand(reads(client.getAccessToken().getTokenValue()) == 200, "it may read");
    }

    private static void refusals() throws Exception {
        var person = new Person();
        var denied = person.answers(app("/oauth2/authorization/public"), "deny");
        demand(error(person, denied).contains("access_denied"), "not denied");
        var used = person.answers(app("/oauth2/authorization/wrong-secret"), "allow");
        demand(error(person, used).contains("invalid_client"), "a wrong secret");
        try {
            service("without-the-grant");
            throw new AssertionError("not refused");
        } catch (ClientAuthorizationException expected) {
            demand(expected.getError().getErrorCode().equals("unauthorized_client"), expected.getError());
        }
    }

    private static String error(Person person, URI back) throws Exception {
        demand(back.toString().startsWith(REDIRECT_URI.toString()), back);
        var answer = person.opens(app("/callback?" + back.getRawQuery()));
        return answer.headers().firstValue("location").orElseThrow();
    }
}
