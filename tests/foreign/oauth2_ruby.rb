# The gem oauth2: what most Ruby programs use. It knows the four grants and no metadata.

require "oauth2"
require "jwt"
require "securerandom"
require_relative "person"

SMART = JSON.parse(get("#{WORLD["fhir"]}/.well-known/smart-configuration").body)
SCOPE = "launch/patient offline_access patient/*.rs"
SYMMETRIC = "symmetric-secret-of-more-than-32-characters"

def client(id, secret, scheme)
  OAuth2::Client.new(
    id, secret, authorize_url: SMART["authorization_endpoint"], token_url: SMART["token_endpoint"], auth_scheme: scheme
  )
end

# `proof` gives what the gem leaves to its user: with `private_key_jwt` the form's part that says who comes.
def launch(client, proof = -> { {} }, decision: "allow")
  verifier, state = Array.new(2) { SecureRandom.urlsafe_base64(48) }
  challenge = Base64.urlsafe_encode64(OpenSSL::Digest::SHA256.digest(verifier), padding: false)
  url = client.auth_code.authorize_url(
    redirect_uri: REDIRECT_URI, scope: SCOPE, state: state, aud: WORLD["fhir"],
    code_challenge: challenge, code_challenge_method: "S256"
  )
  back = query(answers(url, decision: decision))
  check back["state"] == state, back
  return back if back["error"]

  redeem = -> { client.auth_code.get_token(back["code"], { redirect_uri: REDIRECT_URI, code_verifier: verifier }.merge(proof.call)) }
  [redeem.call, redeem]
end

# Launch, refresh, a narrower scope. It has no revocation.
def way(client, proof = -> { {} })
  token, = launch(client, proof)
  check token["patient"] == "amy-shaw", token.params
  check token.expires? && !token.expired?
  check reads_with(token) == 200
  second = token.refresh!(proof.call)
  check second.token != token.token && reads_with(second) == 200
  third = second.refresh!(proof.call.merge(scope: "launch/patient patient/Patient.rs"))
  check third["scope"] == "launch/patient patient/Patient.rs", third.params
  found = fails(OAuth2::Error) { third.get("#{WORLD["fhir"]}/Observation") }
  check found.response.status == 403, found
end

def reads_with(token)
  token.get("#{WORLD["fhir"]}/Patient/amy-shaw").status
end

def assertion(id, alg)
  pem = WORLD["keys"][alg]
  claims = { iss: id, sub: id, aud: SMART["token_endpoint"], exp: Time.now.to_i + 300, jti: SecureRandom.uuid }
  jwt = JWT.encode(claims, OpenSSL::PKey.read(pem["pem"]), alg, kid: pem["kid"], typ: "JWT")
  { client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", client_assertion: jwt }
end


# By default an empty secret goes with the client_id, which is the same as none (RFC 6749 §2.3.1). The scheme that sends
# the client_id alone is called so for mutual TLS.
def public_app
  %i[request_body tls_client_auth].each { |scheme| way(client("public-app", nil, scheme)) }
end

def basic = way(client("symmetric-app", SYMMETRIC, :basic_auth))
def posted = way(client("post-app", "post-secret-of-more-than-thirty-two-characters", :request_body))
def rs384 = way(client("rs384-app", nil, :private_key_jwt), -> { assertion("rs384-app", "RS384") })
def es384 = way(client("es384-app", nil, :private_key_jwt), -> { assertion("es384-app", "ES384") })

# It writes Basic without encoding anything, as safire does.
def raw = reads_with(launch_without_refresh(client("encoded app", "a secret+with/all=that&form%20encoding:changes", :basic_auth)))

def launch_without_refresh(client)
  token, = launch(client)
  check token.refresh_token.nil?
  token
end

def service
  { "rs384-service" => "RS384", "es384-service" => "ES384" }.each do |id, alg|
    token = client(id, nil, :private_key_jwt).client_credentials.get_token(assertion(id, alg).merge(scope: "system/*.rs"))
    check token.expires_in <= 300 && token["scope"] == "system/*.rs", token.params
    check reads_with(token) == 200
  end
end

def implicit
  app = client("implicit-app", nil, :tls_client_auth)
  url = app.implicit.authorize_url(redirect_uri: REDIRECT_URI, scope: "launch/patient patient/*.rs", state: "s", aud: WORLD["fhir"])
  token = OAuth2::AccessToken.from_hash(app, query(answers(url)))
  check token["patient"] == "amy-shaw" && token.refresh_token.nil?, token.params
  check token.expires_in.positive? && reads_with(token) == 200
end

def password
  app = client("password-app", "password-app-secret-of-more-than-32-characters", :basic_auth)
  token = app.password.get_token("amy", WORLD["password"], scope: SCOPE)
  check reads_with(token.refresh!) == 200
  refused(400, "invalid_grant") { app.password.get_token("amy", "not hers", scope: SCOPE) }
end

def refusals
  check launch(client("symmetric-app", SYMMETRIC, :basic_auth), decision: "deny")["error"] == "access_denied"
  token, again = launch(client("symmetric-app", SYMMETRIC, :basic_auth))
  refused(400, "invalid_grant", &again)
  check reads(token.token) == 401
  refused(401, "invalid_client") { launch(client("symmetric-app", "not its secret", :basic_auth)) }
  refused(400, "unauthorized_client") { client("symmetric-app", SYMMETRIC, :basic_auth).client_credentials.get_token }
end

def refused(status, error, &act)
  found = fails(OAuth2::Error, &act)
  check [found.response.status, found.code] == [status, error], found
end

send(ARGV.fetch(0))
