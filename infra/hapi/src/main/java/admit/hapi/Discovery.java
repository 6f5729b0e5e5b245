package admit.hapi;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Apps look for the authorization server below the FHIR base (SMART 2.2, conformance): they are sent to Admit's own document. */
@Configuration
class Discovery {
    @Bean
    ServletRegistrationBean<HttpServlet> smartConfiguration(@Value("${admit.issuer}") String issuer) {
        var servlet = new HttpServlet() {
            @Override
            protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
                response.setHeader("Access-Control-Allow-Origin", "*");
                response.sendRedirect(issuer + "/.well-known/smart-configuration");
            }
        };
        var registration = new ServletRegistrationBean<HttpServlet>(servlet, "/fhir/.well-known/smart-configuration");
        registration.setName("smart-configuration");
        return registration;
    }
}
