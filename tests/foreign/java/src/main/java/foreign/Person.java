package foreign;

import static foreign.Main.demand;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.springframework.web.util.HtmlUtils;

/** A person with a browser that knows only HTML: signs in, agrees or not, and ends at the app. */
final class Person {
    static final Map<String, Object> WORLD = world();
    static final String FHIR = (String) WORLD.get("fhir");
    static final String ISSUER = (String) WORLD.get("issuer");
    static final URI REDIRECT_URI = URI.create("https://app.example/callback");
    private static final Pattern INPUT = Pattern.compile("<input [^>]*>");

    private final HttpClient browser = HttpClient.newHttpClient();
    /** Java's own keeps to RFC 2965 and sends <code>$Version</code> and quotes, as no browser does. */
    private final Map<String, String> cookies = new HashMap<>();

    private static Map<String, Object> world() {
        try {
            return JSONObjectUtils.parse(System.getenv("WORLD"));
        } catch (java.text.ParseException error) {
            throw new IllegalStateException(error);
        }
    }

    /** The URL at the app where everything ends. */
    URI answers(URI start, String decision) throws Exception {
        var answer = opens(start);
        for (int i = 0; i < 12; i++) {
            var location = answer.headers().firstValue("location");
            if (location.isPresent()) {
                var next = answer.uri().resolve(location.get());
                if (next.toString().startsWith(REDIRECT_URI.toString())) return next;
                answer = opens(next);
            } else {
                answer = fill(answer, decision);
            }
        }
        throw new AssertionError("the way does not end: " + answer.uri());
    }

    HttpResponse<String> opens(URI uri) throws Exception {
        return sends(HttpRequest.newBuilder(uri));
    }

    private HttpResponse<String> sends(HttpRequest.Builder request) throws Exception {
        if (!cookies.isEmpty()) {
            request.header("cookie", String.join("; ", cookies.entrySet().stream().map(it -> it.getKey() + "=" + it.getValue()).toList()));
        }
        var answer = browser.send(request.build(), BodyHandlers.ofString());
        for (var line : answer.headers().allValues("set-cookie")) {
            var pair = line.split(";", 2)[0].split("=", 2);
            cookies.put(pair[0], pair[1]);
        }
        return answer;
    }

    /** The page's last form, which is the one that is posted: hidden fields and ticked boxes are sent as they are. */
    private HttpResponse<String> fill(HttpResponse<String> page, String decision) throws Exception {
        var html = page.body();
        var form = html.substring(html.lastIndexOf("<form") + 1);
        demand(form.contains(" action="), html);
        var body = new StringBuilder();
        for (var tag : INPUT.matcher(form).results().map(MatchResult::group).toList()) {
            if (tag.contains("type=\"hidden\"") || tag.contains(" checked")) field(body, text(tag, "name"), text(tag, "value"));
        }
        if (html.contains("name=\"password\"")) {
            field(body, "username", "amy");
            field(body, "password", (String) WORLD.get("password"));
        } else {
            field(body, "decision", decision);
        }
        var request = HttpRequest.newBuilder(page.uri().resolve(text(form, "action")))
            .header("content-type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString(body.toString()));
        return sends(request);
    }

    private static void field(StringBuilder body, String name, String value) {
        body.append(body.isEmpty() ? "" : "&").append(name).append('=').append(URLEncoder.encode(value, StandardCharsets.UTF_8));
    }

    private static String text(String tag, String name) {
        var found = Pattern.compile(" " + name + "=\"([^\"]*)\"").matcher(tag);
        demand(found.find(), tag);
        return HtmlUtils.htmlUnescape(found.group(1));
    }

    /** How the FHIR server answers this token. */
    static int reads(String token) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(FHIR + "/Patient/amy-shaw")).header("authorization", "Bearer " + token);
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.discarding()).statusCode();
    }

    @SuppressWarnings("unchecked")
    static Map<String, String> key(String alg) {
        return ((Map<String, Map<String, String>>) WORLD.get("keys")).get(alg);
    }

    static PrivateKey privateKey(String alg) throws Exception {
        var base64 = key(alg).get("pem").replaceAll("-----.*-----|\\s", "");
        var der = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64));
        return KeyFactory.getInstance(alg.startsWith("RS") ? "RSA" : "EC").generatePrivate(der);
    }
}
