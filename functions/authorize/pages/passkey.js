// The one script of the pages: asks the browser for a passkey and sends its answer by the page's own form. Without it the
// form stays hidden and everything else works.
"use strict"

const base64url = buffer =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
const bytes = text => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), c => c.charCodeAt(0))

const ceremonies = {
  async get(options) {
    options.challenge = bytes(options.challenge)
    const { id, response } = await navigator.credentials.get({ publicKey: options })
    return {
      credential: id,
      user_handle: base64url(response.userHandle ?? new ArrayBuffer(0)),
      client_data: base64url(response.clientDataJSON),
      authenticator_data: base64url(response.authenticatorData),
      signature: base64url(response.signature),
    }
  },
  async create(options) {
    options.challenge = bytes(options.challenge)
    options.user.id = bytes(options.user.id)
    for (const known of options.excludeCredentials) known.id = bytes(known.id)
    const { response } = await navigator.credentials.create({ publicKey: options })
    return { client_data: base64url(response.clientDataJSON), attestation: base64url(response.attestationObject) }
  },
}

for (const form of document.querySelectorAll("form[data-ceremony]")) {
  if (!window.PublicKeyCredential) break
  const [problem, button] = [form.querySelector("[role=alert]"), form.querySelector("button[data-passkey]")]
  form.hidden = false
  button.addEventListener("click", async event => {
    event.preventDefault()
    button.disabled = true
    problem.hidden = true
    try {
      const answer = await ceremonies[form.dataset.ceremony](JSON.parse(form.dataset.options))
      for (const [name, value] of Object.entries(answer)) {
        const field = Object.assign(document.createElement("input"), { type: "hidden", name, value })
        form.append(field)
      }
      form.submit()
    } catch {
      // Cancelled, or no passkey at hand: browsers don't say which.
      button.disabled = false
      problem.hidden = false
      problem.focus()
    }
  })
}
