package admit.hapi;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.RestOperationTypeEnum;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.interceptor.auth.AuthorizationInterceptor;
import ca.uhn.fhir.rest.server.interceptor.auth.IAuthRule;
import ca.uhn.fhir.rest.server.interceptor.auth.IAuthRuleBuilder;
import ca.uhn.fhir.rest.server.interceptor.auth.IAuthRuleBuilderRuleOp;
import ca.uhn.fhir.rest.server.interceptor.auth.IAuthRuleBuilderRuleOpClassifier;
import ca.uhn.fhir.rest.server.interceptor.auth.IAuthorizationSearchParamMatcher;
import ca.uhn.fhir.rest.server.interceptor.auth.PolicyEnum;
import ca.uhn.fhir.rest.server.interceptor.auth.RuleBuilder;
import java.util.List;
import java.util.Set;
import org.hl7.fhir.instance.model.api.IBaseResource;

/** The caller's grants as rules of HAPI. HAPI asks them before a request, and of each resource before it is written or shown. */
final class SmartRules extends AuthorizationInterceptor {
    /** To begin one; to ask how far it is, and to end it. */
    private static final Set<String> EXPORT = Set.of("$export", "$export-poll-status");

    private final String fhir;

    SmartRules(String fhir, IAuthorizationSearchParamMatcher matcher) {
        super(PolicyEnum.DENY);
        this.fhir = fhir;
        setAuthorizationSearchParamMatcher(matcher);
    }

    /** HAPI keeps the list for the request, so it has the grants for the one thing that the request does. */
    @Override
    public List<IAuthRule> buildRuleList(RequestDetails request) {
        var rules = (IAuthRuleBuilder) new RuleBuilder().allow().metadata().andThen();
        var operation = request.getRestOperationType();
        if (operation == null) return rules.denyAll().build();
        if (EXPORT.contains(String.valueOf(request.getOperation()))) return exporting(rules);
        var verb = verb(operation);
        for (var grant : Caller.current(fhir).grants(verb)) rules = add(rules, grant, verb, operation);
        // Batches, transactions and other operations have no rule here: they are refused.
        return rules.denyAll("no scope allows it").build();
    }

    /**
     * The whole server's records, to a service that may read all of them one by one. HAPI keeps the files as Binary resources that nobody owns, so
     * an export of less would need a judge of files.
     */
    private List<IAuthRule> exporting(IAuthRuleBuilder rules) {
        if (Caller.current(fhir).mayExport()) {
            for (var name : EXPORT) rules = rules.allow().operation().named(name).onServer().andAllowAllResponses().andThen();
            rules = rules.allow().bulkExport().systemExport().andThen();
        }
        return rules.denyAll("no scope allows an export").build();
    }

    private static IAuthRuleBuilder add(IAuthRuleBuilder rules, Caller.Grant grant, char verb, RestOperationTypeEnum operation) {
        if (operation == RestOperationTypeEnum.PATCH) rules = rules.allow().patch().allRequests().andThen();
        return switch (verb) {
            case 'r', 's' -> limited(of(rules.allow().read(), grant), grant);
            case 'c' -> limited(of(rules.allow().create(), grant), grant);
            case 'u' -> limited(of(rules.allow().write(), grant), grant);
            case 'd' -> limited(of(rules.allow().delete(), grant), grant);
            default -> rules;
        };
    }

    private static IAuthRuleBuilderRuleOpClassifier of(IAuthRuleBuilderRuleOp rule, Caller.Grant grant) {
        return grant.scope().type().equals("*") ? rule.allResources() : rule.resourcesOfType(grant.scope().type());
    }

    private static IAuthRuleBuilder limited(IAuthRuleBuilderRuleOpClassifier rule, Caller.Grant grant) {
        var filter = grant.scope().filter();
        if (grant.patient() == null) return (filter.isEmpty() ? rule.withAnyId() : rule.withFilter(filter)).andThen();
        return (filter.isEmpty() ? rule.inCompartment("Patient", grant.patient()) : rule.inCompartmentWithFilter("Patient", grant.patient(), filter)).andThen();
    }

    /** The letter of a scope that a request needs; a blank for what has none. */
    static char verb(RestOperationTypeEnum operation) {
        return switch (operation) {
            case READ, VREAD, HISTORY_INSTANCE -> 'r';
            case SEARCH_TYPE, GET_PAGE -> 's';
            case CREATE -> 'c';
            case UPDATE, PATCH -> 'u';
            case DELETE -> 'd';
            default -> ' ';
        };
    }

    /** A PUT to an id that nobody has creates: it needs the right to that as well. */
    @Hook(Pointcut.STORAGE_PRESTORAGE_RESOURCE_CREATED)
    public void createdByUpdate(RequestDetails request, IBaseResource resource) {
        if (request == null || request.getRestOperationType() != RestOperationTypeEnum.UPDATE) return;
        var rules = (IAuthRuleBuilder) new RuleBuilder();
        for (var grant : Caller.current(fhir).grants('c')) rules = add(rules, grant, 'c', RestOperationTypeEnum.CREATE);
        for (var rule : rules.denyAll("no scope allows an update that creates").build()) {
            var verdict = rule.applyRule(
                RestOperationTypeEnum.CREATE, request, resource, null, null, this, getFlags(), Pointcut.STORAGE_PRESTORAGE_RESOURCE_CREATED);
            if (verdict == null) continue;
            if (verdict.getDecision() == PolicyEnum.DENY) handleDeny(request, verdict);
            return;
        }
    }

    /** Whether this request may show this resource. */
    boolean shows(RequestDetails request, IBaseResource resource) {
        var operation = request.getRestOperationType();
        var verdict = applyRulesAndReturnDecision(operation, request, null, null, resource, Pointcut.STORAGE_PRESHOW_RESOURCES);
        return verdict.getDecision() == PolicyEnum.ALLOW;
    }
}
