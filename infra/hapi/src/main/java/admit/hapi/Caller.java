package admit.hapi;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hl7.fhir.r4.model.IdType;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.oauth2.core.OAuth2AuthenticatedPrincipal;
import org.springframework.security.oauth2.jwt.Jwt;

/** Whoever presents a token: what it grants, by its claims {@code scope}, {@code patient} and {@code fhirUser}. */
record Caller(List<Grant> grants) {
    /**
     * What one scope opens.
     *
     * @param patient the patient whose compartment it keeps to; null where it does not
     * @param shared  one of the types that are in nobody's compartment, which are read beside a record
     */
    record Grant(SmartScope scope, IdType patient, boolean shared) {
        /** All resources of the type, without a condition. */
        boolean unlimited() {
            return !shared && patient == null && scope.filter().isEmpty();
        }
    }

    /** Who and where: of no use to an app without them, and in nobody's compartment (infra/fhir/README.md). */
    private static final Set<String> SHARED = Set.of(
        "Practitioner", "PractitionerRole", "Organization", "Location", "Endpoint", "HealthcareService", "Medication", "Questionnaire");

    /** The caller of this request to {@code fhir}. Spring Security has judged the token before, by itself or by introspection. */
    static Caller current(String fhir) {
        var who = SecurityContextHolder.getContext().getAuthentication();
        if (who != null && who.getPrincipal() instanceof Jwt jwt) return of(jwt.getClaims(), fhir);
        if (who != null && who.getPrincipal() instanceof OAuth2AuthenticatedPrincipal principal) return of(principal.getAttributes(), fhir);
        return new Caller(List.of());
    }

    static Caller of(Map<String, Object> claims, String fhir) {
        var grants = new ArrayList<Grant>();
        for (var scope : SmartScope.parseAll(text(claims, "scope"))) {
            switch (scope.level()) {
                case SYSTEM -> grants.add(new Grant(scope, null, false));
                case PATIENT -> withinRecord(scope, text(claims, "patient"), grants);
                case USER -> ofUser(scope, here(text(claims, "fhirUser"), fhir), grants);
            }
        }
        return new Caller(grants);
    }

    /** A clinician reaches every record, a patient their own, and anybody else none. */
    private static void ofUser(SmartScope scope, String[] user, List<Grant> grants) {
        if (user.length != 2) return;
        switch (user[0]) {
            case "Practitioner", "PractitionerRole" -> grants.add(new Grant(scope, null, false));
            case "Patient" -> withinRecord(scope, user[1], grants);
            default -> { }
        }
    }

    /** Type and id of a person of this server: who somebody is at another one says nothing here. */
    private static String[] here(String fhirUser, String fhir) {
        return fhirUser.startsWith(fhir + "/") ? fhirUser.substring(fhir.length() + 1).split("/", -1) : new String[0];
    }

    private static void withinRecord(SmartScope scope, String patient, List<Grant> grants) {
        // A token without a patient opens no record.
        if (patient == null || patient.isEmpty()) return;
        if (SHARED.contains(scope.type())) {
            grants.add(new Grant(scope, null, true));
        } else {
            grants.add(new Grant(scope, new IdType("Patient", patient), false));
        }
    }

    private static String text(Map<String, Object> claims, String name) {
        var value = claims.get(name);
        // Spring's introspector makes a list of `scope`.
        if (value instanceof List<?> list) return String.join(" ", list.stream().map(String::valueOf).toList());
        return value == null ? "" : value.toString();
    }

    /** Those that allow this to resources of this type. The shared types are read and searched, and not written. */
    List<Grant> grants(String type, char verb) {
        return grants.stream()
            .filter(grant -> grant.scope().type().equals("*") || grant.scope().type().equals(type))
            .filter(grant -> grant.scope().allows(verb) && (!grant.shared() || verb == 'r' || verb == 's'))
            .toList();
    }

    /** Those that allow this to any type. */
    List<Grant> grants(char verb) {
        return grants.stream().filter(grant -> grant.scope().allows(verb) && (!grant.shared() || verb == 'r' || verb == 's')).toList();
    }

    /** A service that may read and search whatever there is. */
    boolean mayExport() {
        return mayOfEverything('r') && mayOfEverything('s');
    }

    private boolean mayOfEverything(char verb) {
        return grants(verb).stream().anyMatch(grant -> grant.unlimited() && grant.scope().type().equals("*") && grant.scope().level() == SmartScope.Level.SYSTEM);
    }
}
