# Not the gem safire, which can't be had here: its requests and its strict checks, written down from what its source does
# on the wire (safire 0.4.0, SMART App Launch 2.2).

require "jwt"
require "securerandom"
require_relative "person"

SYMMETRIC = "symmetric-secret-of-more-than-32-characters"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

def discovered
  answer = get("#{WORLD["fhir"]}/.well-known/smart-configuration", "accept" => "application/json")
  check answer.code == "200" && answer["content-type"].start_with?("application/json"), answer.to_hash
  JSON.parse(answer.body)
end

SMART = discovered

# Its validation of the metadata.
def metadata
  %w[token_endpoint grant_types_supported capabilities code_challenge_methods_supported].each { |name| check SMART[name], name }
  check SMART["code_challenge_methods_supported"].include?("S256")
  check !SMART["code_challenge_methods_supported"].include?("plain")
  capabilities = SMART["capabilities"]
  check capabilities.include?("sso-openid-connect") && SMART["issuer"] && SMART["jwks_uri"]
  check capabilities.any? { |name| name.start_with?("launch-") } && SMART["authorization_endpoint"]
  check capabilities.include?("authorize-post")
  check (SMART["token_endpoint_auth_signing_alg_values_supported"] & %w[RS384 ES384]).size == 2
end

# It sends no client_id beside an assertion.
def assertion(id, alg)
  pem, now = WORLD["keys"][alg], Time.now.to_i
  claims = { iss: id, sub: id, aud: SMART["token_endpoint"], exp: now + 300, jti: SecureRandom.uuid }
  jwt = JWT.encode(claims, OpenSSL::PKey.read(pem["pem"]), alg, kid: pem["kid"], typ: "JWT")
  [{ client_assertion_type: JWT_BEARER, client_assertion: jwt }, {}]
end

def public_proof(id) = -> { [{ client_id: id }, {}] }

# Basic without form encoding.
def basic_proof(id, secret)
  -> { [{}, { "authorization" => "Basic #{["#{id}:#{secret}"].pack("m0")}" }] }
end

def token_request(form, proof)
  named, headers = proof.call
  answer = post(SMART["token_endpoint"], form.merge(named), headers.merge("accept" => "application/json"))
  check answer.code == "200", answer.body
  tokens = JSON.parse(answer.body)
  check %w[access_token token_type scope].all? { |name| tokens[name] }, tokens
  check %w[Bearer bearer].include?(tokens["token_type"])
  check answer["cache-control"].include?("no-store")
  check answer["pragma"] == "no-cache"
  tokens
end

def launch(id, proof, posted: false, scope: "openid launch/patient offline_access patient/*.rs")
  verifier, state = SecureRandom.urlsafe_base64(96, false), SecureRandom.hex(16)
  challenge = Base64.urlsafe_encode64(OpenSSL::Digest::SHA256.digest(verifier), padding: false)
  request = { response_type: "code", client_id: id, redirect_uri: REDIRECT_URI, scope: scope, state: state,
              aud: WORLD["fhir"], code_challenge_method: "S256", code_challenge: challenge }
  endpoint = SMART["authorization_endpoint"]
  back = query(posted ? answers(endpoint, form: request) : answers("#{endpoint}?#{URI.encode_www_form(request)}"))
  check back["state"] == state, back
  form = { grant_type: "authorization_code", code: back["code"], redirect_uri: REDIRECT_URI, code_verifier: verifier }
  tokens = token_request(form, proof)
  check tokens["patient"] == "amy-shaw" && reads(tokens["access_token"]) == 200
  return unless tokens["refresh_token"]

  refreshed = token_request({ grant_type: "refresh_token", refresh_token: tokens["refresh_token"] }, proof)
  check reads(refreshed["access_token"]) == 200
end

def public_app = launch("public-app", public_proof("public-app"))
def authorize_post = launch("public-app", public_proof("public-app"), posted: true)
def rs384 = launch("rs384-app", -> { assertion("rs384-app", "RS384") })
def es384 = launch("es384-app", -> { assertion("es384-app", "ES384") })

def basic
  launch("symmetric-app", basic_proof("symmetric-app", SYMMETRIC))
  secret = "a secret+with/all=that&form%20encoding:changes"
  launch("encoded app", basic_proof("encoded app", secret), scope: "openid launch/patient patient/*.rs")
end

# Its default scope of a backend service, and the one answer in which it demands `expires_in`.
def service
  { "rs384-service" => "RS384", "es384-service" => "ES384" }.each do |id, alg|
    tokens = token_request({ grant_type: "client_credentials", scope: "system/*.rs" }, -> { assertion(id, alg) })
    check tokens["expires_in"].is_a?(Integer) && reads(tokens["access_token"]) == 200, tokens
  end
end

send(ARGV.fetch(0))
