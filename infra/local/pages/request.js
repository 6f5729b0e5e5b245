// The authorization request: each parameter, and what it is for (SMART App Launch 2.2, "Obtain authorization code").

export const parameters = ({ client, iss, handle, scope, state, nonce, challenge, jkt }) => ({
  response_type: ['code', 'Send a code, not a token: a code is useless to somebody who reads it on the way.'],
  client_id: [client.clientId, 'Which app this is.'],
  redirect_uri: [client.redirectUri, 'Where the answer goes. It must be registered, character by character.'],
  ...(handle && { launch: [handle, 'Back to the server that knows what it stands for.'] }),
  scope: [scope, 'What the app would like to do. You may be given less.'],
  state: [state, 'A random value that must come back: nobody else can have started this.'],
  aud: [iss, 'The FHIR server that the token is for. A token for one is worth nothing at another.'],
  code_challenge: [challenge, 'The hash of a secret that stays in this tab: only this app can use the code (PKCE).'],
  code_challenge_method: ['S256', 'The hash is SHA-256.'],
  ...(jkt && { dpop_jkt: [jkt, 'The key that the code is for, and then the token (RFC 9449 §10).'] }),
  nonce: [nonce, 'Must appear in the id_token, so that no old one passes for new.'],
});
