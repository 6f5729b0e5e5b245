package admit.hapi;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.RestOperationTypeEnum;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.exceptions.ForbiddenOperationException;
import ca.uhn.fhir.rest.server.interceptor.auth.AuthorizedList;
import ca.uhn.fhir.rest.server.interceptor.auth.SearchNarrowingInterceptor;
import ca.uhn.fhir.rest.server.interceptor.consent.ConsentOutcome;
import ca.uhn.fhir.rest.server.interceptor.consent.IConsentContextServices;
import ca.uhn.fhir.rest.server.interceptor.consent.IConsentService;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.OperationOutcome;

/**
 * What rules alone don't do with a search. HAPI's interceptor refuses a page that holds one resource too many; here that resource is left
 * out, and what would tell of it otherwise is refused: counts, and parameters that look into other resources.
 */
final class SmartSearches {
    private SmartSearches() {}

    /** A search asks for the caller's own patients alone, so that pages are full and nothing is read in vain. */
    static final class Narrowing extends SearchNarrowingInterceptor {
        private final String fhir;

        Narrowing(String fhir) {
            this.fhir = fhir;
        }

        @Override
        protected AuthorizedList buildAuthorizedList(RequestDetails request) {
            if (request.getRestOperationType() != RestOperationTypeEnum.SEARCH_TYPE) return null;
            var grants = Caller.current(fhir).grants(request.getResourceName(), 's');
            if (grants.isEmpty() || grants.stream().anyMatch(grant -> grant.patient() == null)) return null;
            var list = new AuthorizedList();
            patients(grants).forEach(list::addCompartment);
            return list;
        }

        private static Set<String> patients(List<Caller.Grant> grants) {
            return grants.stream().map(grant -> grant.patient().getValue()).collect(Collectors.toSet());
        }
    }

    /** Leaves out what the rules don't allow to be shown: one judge for both. */
    record Filter(SmartRules rules) implements IConsentService {
        @Override
        public ConsentOutcome canSeeResource(RequestDetails request, IBaseResource resource, IConsentContextServices services) {
            return !searches(request) || frames(resource) || rules.shows(request, resource) ? ConsentOutcome.PROCEED : ConsentOutcome.REJECT;
        }

        @Override
        public ConsentOutcome willSeeResource(RequestDetails request, IBaseResource resource, IConsentContextServices services) {
            return canSeeResource(request, resource, services);
        }

        /** What the resources come in, and not one of them: HAPI asks about it too. */
        private static boolean frames(IBaseResource resource) {
            return resource instanceof OperationOutcome || resource instanceof Bundle bundle && bundle.getType() == Bundle.BundleType.SEARCHSET;
        }

        private static boolean searches(RequestDetails request) {
            var operation = request.getRestOperationType();
            return operation == RestOperationTypeEnum.SEARCH_TYPE || operation == RestOperationTypeEnum.GET_PAGE;
        }
    }

    /** Requests that would tell more than they show. */
    @Interceptor
    static final class Bounds {
        private final String fhir;

        Bounds(String fhir) {
            this.fhir = fhir;
        }

        private static final Set<String> LOOKING_ELSEWHERE = Set.of("_filter", "_query", "_list", "_has", "_content", "_text", "_contained");

        @Hook(Pointcut.SERVER_INCOMING_REQUEST_PRE_HANDLED)
        public void judge(RequestDetails request, RestOperationTypeEnum operation) {
            if (request.getConditionalUrl(operation) != null) refuse("a conditional write searches, and is not served here");
            if (operation != RestOperationTypeEnum.SEARCH_TYPE || seesEverything()) return;
            for (var entry : request.getParameters().entrySet()) {
                var name = entry.getKey();
                var base = name.split(":", 2)[0];
                if (name.contains(".") || LOOKING_ELSEWHERE.contains(base)) refuse("a search by other resources");
                if (base.equals("_total") || base.equals("_summary") && List.of(entry.getValue()).contains("count")) refuse("a count");
                if (base.equals("_sort") && String.join(",", entry.getValue()).contains(".")) refuse("an order by other resources");
            }
        }

        private boolean seesEverything() {
            return Caller.current(fhir).grants('s').stream().anyMatch(grant -> grant.unlimited() && grant.scope().type().equals("*"));
        }

        private static void refuse(String what) {
            throw new ForbiddenOperationException("no scope allows " + what);
        }
    }
}
