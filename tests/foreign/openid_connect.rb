# The gem openid_connect (with rack-oauth2 and json-jwt beneath it): discovery that validates the document, id_tokens
# verified with the key set, five ways to authenticate.

require "openid_connect"
require_relative "person"

# The tests' server is on a loopback address, without TLS.
SWD.url_builder = WebFinger.url_builder = URI::HTTP

FOUND = OpenIDConnect::Discovery::Provider::Config.discover!(WORLD["issuer"])
REVOCATION = FOUND.raw["revocation_endpoint"]
SCOPE = %w[openid launch/patient offline_access patient/*.rs].freeze
SYMMETRIC = "symmetric-secret-of-more-than-32-characters"

def client(identifier, more = {})
  OpenIDConnect::Client.new(
    { identifier: identifier, redirect_uri: REDIRECT_URI, authorization_endpoint: FOUND.authorization_endpoint,
      token_endpoint: FOUND.token_endpoint, revocation_endpoint: REVOCATION }.merge(more)
  )
end

# A key with its kid: then the gem writes both into the assertion's header by itself.
def key(alg)
  pem = WORLD["keys"][alg]
  JSON::JWK.new(OpenSSL::PKey.read(pem["pem"]), kid: pem["kid"])
end

# `proof`: what the app says for itself beside the method.
def launch(client, method, proof = -> { {} }, decision: "allow")
  verifier, state, nonce = Array.new(3) { SecureRandom.urlsafe_base64(48) }
  challenge = Base64.urlsafe_encode64(OpenSSL::Digest::SHA256.digest(verifier), padding: false)
  uri = client.authorization_uri(
    scope: SCOPE, state: state, nonce: nonce, aud: WORLD["fhir"], code_challenge: challenge, code_challenge_method: "S256"
  )
  back = query(answers(uri, decision: decision))
  check back["state"] == state, back
  check back["iss"] == FOUND.issuer, back
  return back if back["error"]

  client.authorization_code = back["code"]
  tokens = client.access_token!(method, code_verifier: verifier, **proof.call)
  id_token = OpenIDConnect::ResponseObject::IdToken.decode(tokens.id_token, FOUND.jwks)
  id_token.verify!(issuer: FOUND.issuer, client_id: client.identifier, nonce: nonce)
  check tokens.raw_attributes["patient"] == "amy-shaw", tokens.raw_attributes
  check reads(tokens.access_token) == 200
  tokens
end

# Launch, refresh, a narrower scope, revocation.
def way(client, method, proof = -> { {} })
  tokens = launch(client, method, proof)
  client.refresh_token = tokens.refresh_token
  second = client.access_token!(method, **proof.call)
  check second.access_token != tokens.access_token
  client.refresh_token = second.refresh_token
  third = client.access_token!(method, scope: %w[launch/patient patient/Patient.rs], **proof.call)
  check third.scope == "launch/patient patient/Patient.rs", third.scope
  check reads(third.access_token, "Observation") == 403
  check client.revoke!(method, refresh_token: third.refresh_token, **proof.call) == :success
  check reads(third.access_token) == 401
end

def public_app = way(client("public-app"), :body)
def basic = way(client("symmetric-app", secret: SYMMETRIC), :basic)
def posted = way(client("post-app", secret: "post-secret-of-more-than-thirty-two-characters"), :body)
# Of the key's curve it makes ES384 by itself, of an RSA key RS256 always: RS384 has to be asked of json-jwt.
def es384 = way(client("es384-app", private_key: key("ES384")), :jwt_bearer)
def rs384 = way(client("rs384-app"), :jwt_bearer, -> { { client_assertion: signed("rs384-app") } })

def signed(identifier)
  claims = { iss: identifier, sub: identifier, aud: FOUND.token_endpoint, exp: 3.minutes.from_now, jti: SecureRandom.uuid }
  JSON::JWT.new(claims).sign(key("RS384"), :RS384).to_s
end

# Both its ways to write Basic: form-encoded (RFC 6749 §2.3.1) and as it is.
def encoded
  secret = "a secret+with/all=that&form%20encoding:changes"
  %i[basic basic_without_www_form_urlencode].each { |method| launch(client("encoded app", secret: secret), method) }
end

def service
  { client("es384-service", private_key: key("ES384")) => {},
    client("rs384-service") => { client_assertion: signed("rs384-service") } }.each do |app, proof|
    tokens = app.access_token!(:jwt_bearer, scope: "system/*.rs", **proof)
    check tokens.expires_in <= 300 && tokens.refresh_token.nil?, tokens
    check reads(tokens.access_token) == 200
  end
  # "The `alg` parameter identifies the algorithm intended for use with the key" (RFC 7517 §4.4): this one is for RS384.
  refused(401, "invalid_client") { client("rs384-service", private_key: key("RS384")).access_token!(:jwt_bearer) }
end

def password
  app = client("password-app", secret: "password-app-secret-of-more-than-32-characters")
  app.resource_owner_credentials = ["amy", WORLD["password"]]
  tokens = app.access_token!(:basic, scope: "launch/patient offline_access patient/*.rs")
  app.refresh_token = tokens.refresh_token
  check reads(app.access_token!(:basic).access_token) == 200
  app.resource_owner_credentials = ["amy", "not hers"]
  refused(400, "invalid_grant") { app.access_token!(:basic) }
end

def refusals
  app = client("symmetric-app", secret: SYMMETRIC)
  check launch(app, :basic, decision: "deny")["error"] == "access_denied"
  tokens = launch(app, :basic)
  # The code of the launch is still in the client.
  refused(400, "invalid_grant") { app.access_token!(:basic, code_verifier: "a" * 43) }
  refused(401, "invalid_client") { launch(client("symmetric-app", secret: "not its secret"), :basic) }
  refused(400, "unauthorized_client") { client("symmetric-app", secret: SYMMETRIC).access_token!(:basic) }
  validates = OpenIDConnect::ResponseObject::IdToken.decode(tokens.id_token, FOUND.jwks)
  fails(OpenIDConnect::ResponseObject::IdToken::InvalidNonce) do
    validates.verify!(issuer: FOUND.issuer, client_id: "symmetric-app", nonce: "another")
  end
  # Not another tenant's document, and not a document under another name.
  fails(OpenIDConnect::Discovery::DiscoveryFailed) do
    OpenIDConnect::Discovery::Provider::Config.discover!("#{WORLD["issuer"]}/")
  end
end

def refused(status, error, &act)
  found = fails(Rack::OAuth2::Client::Error, &act)
  check [found.status, found.response[:error]] == [status, error], found.response
end

send(ARGV.fetch(0))
