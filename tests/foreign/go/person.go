package main

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
)

const (
	redirectURI     = "https://app.example/callback"
	symmetricSecret = "symmetric-secret-of-more-than-32-characters"
	fhirSecret      = "harbour-fhir-secret-of-more-than-32-characters"
)

// What a client must be told, in the environment variable WORLD.
type World struct {
	Issuer, FHIR, Password string
	Keys                   map[string]struct{ Kid, PEM string }
}

var world = func() (world World) {
	demand(json.Unmarshal([]byte(os.Getenv("WORLD")), &world) == nil, "no WORLD")
	return
}()

// A person with a browser that knows only HTML: signs in, agrees or not, and ends at the app, with these parameters.
func answers(start, decision string) url.Values {
	browser := &http.Client{
		Jar:           must(cookiejar.New(nil)),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer := must(browser.Get(start))
	for range 12 {
		body := string(must(io.ReadAll(answer.Body)))
		answer.Body.Close()
		if location, err := answer.Location(); err == nil {
			if strings.HasPrefix(location.String(), redirectURI) {
				return location.Query()
			}
			answer = must(browser.Get(location.String()))
			continue
		}
		action, form := fill(body, decision)
		answer = must(browser.PostForm(must(answer.Request.URL.Parse(action)).String(), form))
	}
	panic("the way does not end: " + answer.Request.URL.String())
}

var (
	actions = regexp.MustCompile(` action="([^"]*)"`)
	inputs  = regexp.MustCompile(`<input [^>]*>`)
	sent    = regexp.MustCompile(`type="hidden"| checked`)
	names   = regexp.MustCompile(` name="([^"]*)"`)
	values  = regexp.MustCompile(` value="([^"]*)"`)
)

// The page's last form, which is the one that is posted: hidden fields and ticked boxes are sent as they are.
func fill(page, decision string) (string, url.Values) {
	form := page[strings.LastIndex(page, "<form")+1:]
	action := actions.FindStringSubmatch(form)
	demand(action != nil, "no form: %s", page)
	fields := url.Values{}
	for _, input := range inputs.FindAllString(form, -1) {
		if sent.MatchString(input) {
			fields.Add(text(names, input), text(values, input))
		}
	}
	if strings.Contains(page, `name="password"`) {
		fields.Set("username", "amy")
		fields.Set("password", world.Password)
	} else {
		fields.Set("decision", decision)
	}
	return html.UnescapeString(action[1]), fields
}

func text(attribute *regexp.Regexp, input string) string {
	return html.UnescapeString(attribute.FindStringSubmatch(input)[1])
}

// How the FHIR server answers this client.
func reads(client *http.Client) int {
	answer, err := client.Get(world.FHIR + "/Patient/amy-shaw")
	demand(err == nil, "%v", err)
	answer.Body.Close()
	return answer.StatusCode
}
