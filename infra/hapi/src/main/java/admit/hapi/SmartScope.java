package admit.hapi;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One scope about resources: {@code patient/Observation.rs?category=laboratory}, and {@code patient/*.read} of SMART 1.0.
 *
 * @param type   a resource type, or {@code *}
 * @param verbs  letters of {@code cruds}
 * @param filter search parameters that the resource must meet; empty for none
 */
record SmartScope(Level level, String type, String verbs, String filter) {
    enum Level { PATIENT, USER, SYSTEM }

    private static final Pattern FORM = Pattern.compile("(patient|user|system)/(\\*|[A-Z][A-Za-z]+)\\.([a-z*]+)(?:\\?(.+))?");
    /** SMART 2.2: the letters come in this order. */
    private static final Pattern VERBS = Pattern.compile("(?=.)c?r?u?d?s?");

    /** Those of a token's {@code scope} that are about resources. What can't be read grants nothing. */
    static List<SmartScope> parseAll(String scope) {
        var found = new ArrayList<SmartScope>();
        for (var one : scope.split(" ")) parse(one).ifPresent(found::add);
        return found;
    }

    static Optional<SmartScope> parse(String scope) {
        var form = FORM.matcher(scope);
        if (!form.matches()) return Optional.empty();
        var filter = form.group(4) == null ? "" : form.group(4);
        var level = Level.valueOf(form.group(1).toUpperCase(java.util.Locale.ROOT));
        return verbs(form.group(3)).map(verbs -> new SmartScope(level, form.group(2), verbs, filter));
    }

    private static Optional<String> verbs(String written) {
        return switch (written) {
            // The words of SMART 1.0, as SMART 2.2 translates them.
            case "read" -> Optional.of("rs");
            case "write" -> Optional.of("cud");
            case "*" -> Optional.of("cruds");
            default -> VERBS.matcher(written).matches() ? Optional.of(written) : Optional.empty();
        };
    }

    boolean allows(char verb) {
        return verbs.indexOf(verb) >= 0;
    }
}
