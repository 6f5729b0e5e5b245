package admit.hapi;

import ca.uhn.fhir.batch2.api.IJobMaintenanceService;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.rest.server.RestfulServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;

/**
 * For tests alone: beside the server of the sample, in the same process, a second one with records of its own that is open to whoever asks,
 * as a server behind a door may be. Nothing of what judges is in it. Its arguments begin with {@code --open.}.
 */
public final class Open {
    private static final String PREFIX = "--open.";

    private Open() {}

    public static void main(String[] arguments) {
        List<String> sample = new ArrayList<>(), open = new ArrayList<>(List.of("--spring.datasource.url=jdbc:h2:mem:open;DB_CLOSE_DELAY=-1"));
        for (var argument : arguments) {
            if (argument.startsWith(PREFIX)) open.add("--" + argument.substring(PREFIX.length()));
            else sample.add(argument);
        }
        var judging = SpringApplication.run(Application.class, sample.toArray(String[]::new));
        exportsAtOnce(judging.getBean(IJobMaintenanceService.class));
        var context = new SpringApplicationBuilder(Application.class, Door.class).run(open.toArray(String[]::new));
        var server = (RestfulServer) context.getBean("fhir", ServletRegistrationBean.class).getServlet();
        server.getInterceptorService().unregisterAllInterceptors();
        // It takes what is there to be judged, and answers what is there to be asked.
        var settings = context.getBean(JpaStorageSettings.class);
        settings.setAllowExternalReferences(true);
        settings.setAllowContainsSearches(true);
    }

    /** HAPI takes each step of an export a minute after the one before. */
    private static void exportsAtOnce(IJobMaintenanceService jobs) {
        var each = Executors.newSingleThreadScheduledExecutor(work -> {
            var thread = new Thread(work);
            thread.setDaemon(true);
            return thread;
        });
        each.scheduleWithFixedDelay(jobs::forceMaintenancePass, 1, 1, TimeUnit.SECONDS);
    }

    /** Not found by Spring's scan: the sample itself never has it. */
    static class Door {
        @Bean
        @Order(0)
        SecurityFilterChain open(HttpSecurity http) throws Exception {
            return http.securityMatcher(request -> true).csrf(csrf -> csrf.disable()).authorizeHttpRequests(all -> all.anyRequest().permitAll()).build();
        }
    }
}
