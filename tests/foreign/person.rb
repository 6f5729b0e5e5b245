# A person with a browser that knows only HTML: signs in, agrees or not, and ends at the app.

require "cgi"
require "json"
require "net/http"
require "uri"

WORLD = JSON.parse(ENV.fetch("WORLD"))
REDIRECT_URI = "https://app.example/callback"
PICKED = { "hannah" => "wei-chen" }.freeze

def check(truth, what = nil)
  raise "not so: #{what.inspect}" unless truth
end

# Ends with this error, which is given back.
def fails(error)
  yield
rescue error => found
  found
else
  raise "no #{error}"
end

def ask(request, uri)
  Net::HTTP.start(uri.host, uri.port, use_ssl: uri.scheme == "https") { |http| http.request(request) }
end

def get(url, headers = {})
  uri = URI(url)
  ask(Net::HTTP::Get.new(uri, headers), uri)
end

def post(url, form, headers = {})
  uri = URI(url)
  request = Net::HTTP::Post.new(uri, headers)
  request.set_form_data(form)
  ask(request, uri)
end

# The URL at the app where everything ends. `form`: the app posts its request (`authorize-post`).
def answers(url, decision: "allow", username: "amy", form: nil)
  cookies = {}
  12.times do
    header = { "cookie" => cookies.map { |pair| pair.join("=") }.join("; ") }
    answer = form ? post(url, form, header) : get(url, header)
    (answer.get_fields("set-cookie") || []).each do |line|
      name, value = line.split(";").first.split("=", 2)
      cookies[name] = value
    end
    if (location = answer["location"])
      return URI(location) if location.start_with?(REDIRECT_URI)

      url, form = URI.join(url, location).to_s, nil
    else
      check answer.code == "200", answer.body
      url, form = fill(answer.body, url, decision, username)
    end
  end
  raise "the way does not end: #{url}"
end

# The page's last form, which is the one that is posted: hidden fields and ticked boxes are sent as they are.
def fill(html, url, decision, username)
  form = html.split("<form").last
  inputs = form.scan(/<input [^>]*>/).select { |tag| tag =~ /type="hidden"| checked/ }
  sent = inputs.map { |tag| [attribute(tag, "name"), attribute(tag, "value")] }
  said = if html.include?('name="password"')
           [["username", username], ["password", WORLD["password"]]]
         elsif html.include?('name="patient"')
           [["patient", PICKED.fetch(username)]]
         else
           [["decision", decision]]
         end
  [URI.join(url, attribute(form, "action")).to_s, sent + said]
end

def attribute(tag, name)
  CGI.unescapeHTML(tag[/ #{name}="([^"]*)"/, 1])
end

def query(uri)
  URI.decode_www_form(uri.query || uri.fragment).to_h
end

def reads(token, what = "Patient/amy-shaw")
  get("#{WORLD["fhir"]}/#{what}", "authorization" => "Bearer #{token}").code.to_i
end
